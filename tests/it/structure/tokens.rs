//! The tokens of a Rust file, without comments and without the items that only tests compile.

/// A token and the line on which it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) lexeme: Lexeme,
    pub(crate) line: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lexeme {
    /// An identifier or a keyword.
    Word(String),
    /// `::`
    PathSeparator,
    Mark(char),
    /// A string, a character or a number.
    Literal,
    Lifetime,
}

impl Token {
    pub(crate) fn word(&self) -> Option<&str> {
        match &self.lexeme {
            Lexeme::Word(word) => Some(word),
            _ => None,
        }
    }

    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.word() == Some(word)
    }

    pub(crate) fn is_mark(&self, mark: char) -> bool {
        self.lexeme == Lexeme::Mark(mark)
    }

    pub(crate) fn is_path_separator(&self) -> bool {
        self.lexeme == Lexeme::PathSeparator
    }

    fn opens(&self) -> bool {
        matches!(self.lexeme, Lexeme::Mark('(' | '[' | '{'))
    }

    fn closes(&self) -> bool {
        matches!(self.lexeme, Lexeme::Mark(')' | ']' | '}'))
    }
}

/// Splits a file into tokens. The text is expected to compile; of any other text the tokens are unspecified.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut scanner = Scanner { text: text.as_bytes(), at: 0, line: 1, tokens: Vec::new() };
    while scanner.at < scanner.text.len() {
        scanner.step();
    }
    scanner.tokens
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    line: usize,
    tokens: Vec<Token>,
}

impl Scanner<'_> {
    /// Reads one token, or one piece of what is none.
    fn step(&mut self) {
        let line = self.line;
        let lexeme = match (self.peek(0), self.peek(1)) {
            (b'/', b'/') => return self.skip_while(|byte| byte != b'\n'),
            (b'/', b'*') => return self.skip_block_comment(),
            (byte, _) if byte.is_ascii_whitespace() => return self.skip(1),
            (b'"', _) => self.quoted(b'"'),
            (b'\'', _) => self.character_or_lifetime(),
            (b'0'..=b'9', _) => self.number(),
            (byte, _) if begins_word(byte) => self.word_or_prefixed_literal(),
            (b':', b':') => {
                self.skip(2);
                Lexeme::PathSeparator
            }
            (byte, _) => {
                self.skip(1);
                Lexeme::Mark(char::from(byte))
            }
        };
        self.tokens.push(Token { lexeme, line });
    }

    /// Returns the byte so many places ahead, or zero at the end of the text.
    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn skip(&mut self, count: usize) {
        let end = self.text.len().min(self.at + count);
        self.line += self.text[self.at..end].iter().filter(|&&byte| byte == b'\n').count();
        self.at = end;
    }

    fn skip_while(&mut self, holds: impl Fn(u8) -> bool) {
        let count = self.text[self.at..].iter().take_while(|&&byte| holds(byte)).count();
        self.skip(count);
    }

    fn skip_block_comment(&mut self) {
        let mut depth = 0;
        while self.at < self.text.len() {
            match (self.peek(0), self.peek(1)) {
                (b'/', b'*') => {
                    depth += 1;
                    self.skip(2);
                }
                (b'*', b'/') => {
                    depth -= 1;
                    self.skip(2);
                    if depth == 0 {
                        return;
                    }
                }
                _ => self.skip(1),
            }
        }
    }

    /// Reads a literal in which a backslash escapes the next byte.
    fn quoted(&mut self, quote: u8) -> Lexeme {
        self.skip(1);
        while self.at < self.text.len() && self.peek(0) != quote {
            self.skip(if self.peek(0) == b'\\' { 2 } else { 1 });
        }
        self.skip(1);
        Lexeme::Literal
    }

    fn character_or_lifetime(&mut self) -> Lexeme {
        let length = match self.peek(1) {
            0..0x80 => 1,
            0x80..0xe0 => 2,
            0xe0..0xf0 => 3,
            0xf0.. => 4,
        };
        if self.peek(1) == b'\\' || self.peek(1 + length) == b'\'' {
            return self.quoted(b'\'');
        }
        self.skip(1);
        self.skip_while(continues_word);
        Lexeme::Lifetime
    }

    fn number(&mut self) -> Lexeme {
        self.skip_while(continues_word);
        if self.peek(0) == b'.' && self.peek(1).is_ascii_digit() {
            self.skip(1);
            self.skip_while(continues_word);
        }
        Lexeme::Literal
    }

    fn word_or_prefixed_literal(&mut self) -> Lexeme {
        let word = self.word();
        let hashes = self.text[self.at..].iter().take_while(|&&byte| byte == b'#').count();
        match (word.as_str(), self.peek(0)) {
            ("b" | "c", b'"') => self.quoted(b'"'),
            ("b", b'\'') => self.quoted(b'\''),
            ("r" | "br" | "cr", b'"' | b'#') if self.peek(hashes) == b'"' => self.raw(hashes),
            ("r", b'#') if begins_word(self.peek(1)) => {
                self.skip(1);
                Lexeme::Word(self.word())
            }
            _ => Lexeme::Word(word),
        }
    }

    fn word(&mut self) -> String {
        let start = self.at;
        self.skip_while(continues_word);
        String::from_utf8_lossy(&self.text[start..self.at]).into_owned()
    }

    /// Reads a raw string, from its first hash or quote.
    fn raw(&mut self, hashes: usize) -> Lexeme {
        self.skip(hashes + 1);
        let end = [b"\"".as_slice(), &b"#".repeat(hashes)].concat();
        while self.at < self.text.len() && !self.text[self.at..].starts_with(&end) {
            self.skip(1);
        }
        self.skip(end.len());
        Lexeme::Literal
    }
}

fn begins_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn continues_word(byte: u8) -> bool {
    begins_word(byte) || byte.is_ascii_digit()
}

/// The tokens of a file that are compiled without tests.
#[derive(Debug, Default)]
pub(crate) struct Code {
    pub(crate) tokens: Vec<Token>,
    /// The names of the modules in files of their own that only tests compile.
    pub(crate) test_modules: Vec<String>,
}

/// Removes the items, fields and statements that only tests compile.
pub(crate) fn without_tests(tokens: &[Token]) -> Code {
    let mut code = Code::default();
    let mut at = 0;
    while at < tokens.len() {
        let Some(attribute) = Attribute::read(tokens, at) else {
            code.tokens.push(tokens[at].clone());
            at += 1;
            continue;
        };
        if !attribute.test_only {
            code.tokens.extend_from_slice(&tokens[at..attribute.end]);
            at = attribute.end;
        } else if attribute.inner {
            return Code::default();
        } else {
            at = item_end(tokens, attribute.end);
            code.test_modules.extend(declared_module(&tokens[attribute.end..at]));
        }
    }
    code
}

/// An attribute, with or without the exclamation mark of an inner one.
struct Attribute {
    end: usize,
    inner: bool,
    test_only: bool,
}

impl Attribute {
    fn read(tokens: &[Token], at: usize) -> Option<Attribute> {
        if !tokens[at].is_mark('#') {
            return None;
        }
        let inner = tokens.get(at + 1)?.is_mark('!');
        let open = at + 1 + usize::from(inner);
        if !tokens.get(open)?.is_mark('[') {
            return None;
        }
        let end = group_end(tokens, open);
        let content = &tokens[open + 1..end - 1];
        let test_only = match content {
            [only] => only.is_word("test"),
            [cfg, open, predicate @ .., _] if cfg.is_word("cfg") && open.is_mark('(') => {
                needs_test(predicate)
            }
            _ => false,
        };
        Some(Attribute { end, inner, test_only })
    }
}

/// Returns true for a condition of `cfg` that never holds outside tests.
fn needs_test(predicate: &[Token]) -> bool {
    match predicate {
        [only] => only.is_word("test") || only.is_word("doctest"),
        [name, open, conditions @ .., _] if open.is_mark('(') => match name.word() {
            Some("all") => split_at_commas(conditions).into_iter().any(needs_test),
            Some("any") => split_at_commas(conditions).into_iter().all(needs_test),
            _ => false,
        },
        _ => false,
    }
}

fn split_at_commas(tokens: &[Token]) -> Vec<&[Token]> {
    let (mut parts, mut start, mut at) = (Vec::new(), 0, 0);
    while at < tokens.len() {
        if tokens[at].is_mark(',') {
            parts.push(&tokens[start..at]);
            start = at + 1;
        }
        at = if tokens[at].opens() { group_end(tokens, at) } else { at + 1 };
    }
    if start < tokens.len() {
        parts.push(&tokens[start..]);
    }
    parts
}

/// Returns the place after the bracket that closes the one at `open`.
pub(crate) fn group_end(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        if token.opens() {
            depth += 1;
        } else if token.closes() {
            depth -= 1;
            if depth == 0 {
                return at + 1;
            }
        }
    }
    tokens.len()
}

/// Returns the place after the item, field, arm or statement that begins at `start`, its further attributes included.
fn item_end(tokens: &[Token], start: usize) -> usize {
    let mut at = start;
    while at < tokens.len()
        && let Some(attribute) = Attribute::read(tokens, at)
    {
        at = attribute.end;
    }
    let form = Form::of(&tokens[at..]);
    while at < tokens.len() {
        let token = &tokens[at];
        if token.closes() {
            return at;
        }
        if token.is_mark(';') || (form == Form::Listed && token.is_mark(',')) {
            return at + 1;
        }
        let braced = token.is_mark('{');
        at = if token.opens() { group_end(tokens, at) } else { at + 1 };
        if braced && form != Form::Terminated {
            let comma = tokens.get(at).is_some_and(|next| next.is_mark(','));
            return at + usize::from(comma && form == Form::Listed);
        }
    }
    at
}

/// How an item ends.
#[derive(PartialEq)]
enum Form {
    /// By a semicolon, whatever braces are before it.
    Terminated,
    /// By a semicolon or by its block.
    Block,
    /// By a comma or by its block, or where the list around it ends.
    Listed,
}

impl Form {
    fn of(tokens: &[Token]) -> Form {
        let visibility = match tokens {
            [public, open, ..] if public.is_word("pub") && open.is_mark('(') => {
                group_end(tokens, 1)
            }
            [public, ..] if public.is_word("pub") => 1,
            _ => 0,
        };
        let word = |ahead: usize| tokens.get(visibility + ahead).and_then(Token::word);
        match (word(0), word(1)) {
            (Some("const"), Some("fn" | "unsafe" | "async" | "extern")) => Form::Block,
            (Some("use" | "const" | "static" | "type" | "let"), _) => Form::Terminated,
            (
                Some(
                    "fn" | "async" | "unsafe" | "extern" | "mod" | "struct" | "enum" | "union"
                    | "trait" | "impl" | "macro_rules",
                ),
                _,
            ) => Form::Block,
            _ => Form::Listed,
        }
    }
}

/// Returns the name in `mod name;`.
fn declared_module(item: &[Token]) -> Option<String> {
    match item {
        [.., module, name, end] if module.is_word("mod") && end.is_mark(';') => {
            name.word().map(str::to_owned)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Renders tokens with spaces between them; a literal is `0` and a lifetime is `'`.
    fn render(tokens: &[Token]) -> String {
        let render = |token: &Token| match &token.lexeme {
            Lexeme::Word(word) => word.clone(),
            Lexeme::PathSeparator => "::".to_owned(),
            Lexeme::Mark(mark) => mark.to_string(),
            Lexeme::Literal => "0".to_owned(),
            Lexeme::Lifetime => "'".to_owned(),
        };
        tokens.iter().map(render).collect::<Vec<_>>().join(" ")
    }

    fn check(text: &str, want: &str) {
        assert_eq!(render(&tokens(text)), want);
    }

    fn check_without_tests(text: &str, want: &str) {
        assert_eq!(render(&without_tests(&tokens(text)).tokens), want);
    }

    #[test]
    fn comments_are_no_tokens() {
        check("a // b \" {\n/* c /* d */ \" */ e /// f\n//! g", "a e");
    }

    #[test]
    fn a_brace_in_a_string_is_part_of_the_literal() {
        check(r#"a("}{ \" // \\", b"{", c"}") b"#, "a ( 0 , 0 , 0 ) b");
    }

    #[test]
    fn a_raw_string_ends_with_as_many_hashes_as_it_begins() {
        check(r####"r"\" r#"a"{"# br##"b"# }"## cr#"""# end"####, "0 0 0 0 end");
    }

    #[test]
    fn a_raw_identifier_is_the_word_without_its_prefix() {
        check("r#type r#use::b", "type use :: b");
    }

    #[test]
    fn a_character_is_a_literal_and_a_lifetime_is_none() {
        check(r#"'a' b'{' '\'' '\u{1f}' '\\' '"' 'é' '😀'"#, "0 0 0 0 0 0 0 0");
        check("&'a str, 'static, <'_>, 'outer: loop", "& ' str , ' , < ' > , ' : loop");
    }

    #[test]
    fn a_number_with_a_point_is_one_literal_and_a_range_is_two() {
        check("1.5e3 0xff_u8 0..10 t.0.1.a 1.max(2)", "0 0 0 . . 0 t . 0 . a 0 . max ( 0 )");
    }

    #[test]
    fn a_token_knows_the_line_where_it_begins() {
        let tokens = tokens("a\n\"b\nc\" d\n/*\n*/ e");
        let lines: Vec<usize> = tokens.iter().map(|token| token.line).collect();
        assert_eq!(lines, [1, 2, 3, 5]);
    }

    #[test]
    fn an_item_of_tests_is_removed_up_to_its_end() {
        check_without_tests("#[cfg(test)] mod tests { fn a() { {} } } fn b() {}", "fn b ( ) { }");
        check_without_tests("#[cfg(test)] #[x] pub(crate) use a::{b, c}; d", "d");
        check_without_tests("#[cfg(doctest)] mod guide { fn a() {} } fn b() {}", "fn b ( ) { }");
        check_without_tests("#[cfg(test)] const A: [u8; 2] = [1; 2]; d", "d");
        check_without_tests("#[cfg(test)] const fn a() -> [u8; 2] { [1; 2] } d", "d");
        check_without_tests("#[cfg(test)] static A: B = B { c: 1 }; d", "d");
        check_without_tests("#[test] fn a() {} struct B;", "struct B ;");
    }

    #[test]
    fn a_field_an_arm_and_a_statement_of_tests_are_removed() {
        check_without_tests("struct A { #[cfg(test)] b: u8, c: u8 }", "struct A { c : u8 }");
        check_without_tests("A { b, #[cfg(test)] c: { 1 }, d }", "A { b , d }");
        check_without_tests("A { b, #[cfg(test)] c }", "A { b , }");
        check_without_tests("{ #[cfg(test)] let a = B { c }; d }", "{ d }");
    }

    #[test]
    fn a_condition_removes_an_item_if_it_never_holds_outside_tests() {
        check_without_tests("#[cfg(all(unix, test))] fn a() {}", "");
        check_without_tests("#[cfg(any(test, all(test, unix)))] fn a() {}", "");
        let kept = "# [ cfg ( any ( test , unix ) ) ] a # [ cfg ( not ( test ) ) ] b";
        check_without_tests("#[cfg(any(test, unix))] a #[cfg(not(test))] b", kept);
    }

    #[test]
    fn a_file_of_tests_is_removed_by_its_inner_attribute() {
        check_without_tests("#![cfg(test)] fn a() {}", "");
        check_without_tests("#![allow(x)] a", "# ! [ allow ( x ) ] a");
    }

    #[test]
    fn a_module_in_a_file_of_its_own_that_only_tests_compile_is_remembered() {
        let code = without_tests(&tokens("#[cfg(test)] mod samples; mod b; #[cfg(test)] mod c {}"));
        assert_eq!(code.test_modules, ["samples"]);
    }
}

//! Pages in Markdown, as their tests read them: code blocks with the comment above, links and headings.

/// A code block of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeBlock {
    /// The line of the page in which it begins.
    pub line: usize,
    /// The words after the three backticks, such as `sh` or `rust,test_harness`.
    pub language: String,
    /// The comment in the line above it.
    pub comment: Option<String>,
    /// Its lines, each with its end.
    pub text: String,
}

/// Returns the code blocks of a page, in their order.
pub fn code_blocks(page: &str) -> Vec<CodeBlock> {
    let mut blocks = Vec::new();
    let mut above = "";
    let mut lines = page.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let inside = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```");
            let text = inside.map(|line| format!("{line}\n")).collect();
            let comment = above.strip_prefix("<!-- ").and_then(|above| above.strip_suffix(" -->"));
            blocks.push(CodeBlock {
                line: number + 1,
                language: language.to_owned(),
                comment: comment.map(str::to_owned),
                text,
            });
        }
        above = line;
    }
    blocks
}

/// Returns the lines of a page outside of its code blocks.
pub fn prose(page: &str) -> String {
    let mut is_prose = true;
    let mut text = String::new();
    for line in page.lines() {
        if line.starts_with("```") {
            is_prose = !is_prose;
        } else if is_prose {
            text += line;
            text.push('\n');
        }
    }
    text
}

/// Returns the targets of the links and pictures in a text.
pub fn links(text: &str) -> Vec<String> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    targets.map(|(target, _)| target.to_owned()).collect()
}

/// Returns the anchors of a page: one for each heading, in the form that mdBook and GitHub give it.
pub fn anchors(page: &str) -> Vec<String> {
    let prose = prose(page);
    let headings = prose.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let heading = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = heading.chars().filter(|&letter| {
            letter.is_alphanumeric() || letter == ' ' || letter == '-' || letter == '_'
        });
        kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
    };
    headings.map(anchor).collect()
}

//! The ids that clients are given: clientId, `BAYEUX_BROWSER` and `JSESSIONID`; and the tokens of CSRF protection.
//!
//! Each id begins with a nonce of its fake, which ends with a check over itself. So an id of another fake, of this process
//! or of another one, is told from one that nobody gave. The id of an HTTP session ends with a mark of its user, and the token of
//! CSRF protection follows from it: a fake that forgets the session still knows whose it is.

use std::fmt::Write;

/// Letters of a nonce without its check, and of the check.
const NONCE: usize = 8;
const CHECK: usize = 4;
/// 25 letters of base 36 hold more than 128 bits.
const RANDOM: usize = 25;
/// The letters among them that are the mark of a user: a number of 62 bits, which nobody guesses.
const MARK: usize = 12;

/// The randomness of one fake, which comes in as a value: two fakes with the same seed give the same ids.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seed(pub(crate) u64);

/// The maker of the ids of one fake.
#[derive(Clone, Debug)]
pub(crate) struct Ids {
    nonce: String,
    /// The secret that marks are made with.
    key: u64,
    draws: Draws,
}

/// A seeded counter, whose numbers are mixed so that nobody guesses the next one (SplitMix64).
#[derive(Clone, Debug)]
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Draws so many digits of base 36.
    fn letters(&mut self, count: usize) -> String {
        let mut letters = String::with_capacity(count);
        while letters.len() < count {
            let mut number = self.next();
            // Twelve digits of base 36 take 62 bits.
            for _ in 0..(count - letters.len()).min(12) {
                letters.push(digit(number % 36));
                number /= 36;
            }
        }
        letters
    }

    /// Draws a random UUID (RFC 9562, version 4).
    fn uuid(&mut self) -> String {
        let random = (u128::from(self.next()) << 64) | u128::from(self.next());
        let random = random & !(0xF << 76) & !(0b11 << 62);
        let hex = format!("{:032x}", random | 4 << 76 | 0b10 << 62);
        let (time, rest) = hex.split_at(8);
        format!("{time}-{}-{}-{}-{}", &rest[..4], &rest[4..8], &rest[8..12], &rest[12..])
    }
}

fn digit(number: u64) -> char {
    u32::try_from(number)
        .ok()
        .and_then(|digit| char::from_digit(digit, 36))
        .expect("a digit is below 36")
}

/// The giver of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// This fake gave it.
    Own,
    /// Another fake gave it.
    OtherFake,
    /// Nobody gave it.
    Nobody,
}

impl Ids {
    pub(crate) fn new(Seed(seed): Seed) -> Self {
        let mut draws = Draws(seed);
        let nonce = draws.letters(NONCE);
        let nonce = format!("{nonce}{}", check(&nonce));
        Self { nonce, key: draws.next(), draws }
    }

    /// Returns the maker of the ids after a reset: to it these ids are those of another fake.
    pub(super) fn after(&mut self) -> Self {
        Self::new(Seed(self.draws.next()))
    }

    pub(crate) fn next(&mut self) -> String {
        format!("{}{}", self.nonce, self.draws.letters(RANDOM))
    }

    /// Returns the id of a new HTTP session of that user.
    pub(crate) fn next_of(&mut self, user: &str) -> String {
        let id = format!("{}{}", self.nonce, self.draws.letters(RANDOM - MARK));
        let mark = self.keyed(&[&id, user]).letters(MARK);
        id + &mark
    }

    /// Tells if this is the id of an HTTP session of that user, whether the session is open or not.
    pub(crate) fn is_of(&self, id: &str, user: &str) -> bool {
        let parts = id.split_at_checked(NONCE + CHECK + RANDOM - MARK);
        self.origin(id) == Origin::Own
            && parts.is_some_and(|(id, mark)| self.keyed(&[id, user]).letters(MARK) == mark)
    }

    /// Returns the token of CSRF protection of an HTTP session: a UUID.
    pub(crate) fn token_of(&self, id: &str) -> String {
        self.keyed(&["token", id]).uuid()
    }

    /// Returns numbers that follow from these words and the key (FNV-1a).
    fn keyed(&self, words: &[&str]) -> Draws {
        let bytes = words.iter().flat_map(|word| word.bytes().chain([0]));
        Draws(bytes.fold(self.key, |sum, byte| {
            (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
        }))
    }

    /// Tells if the word is an id of this fake or of another one.
    pub(crate) fn is_drawn(&self, word: &str) -> bool {
        word.len() == NONCE + CHECK + RANDOM && self.origin(word) != Origin::Nobody
    }

    pub(crate) fn origin(&self, id: &str) -> Origin {
        let Some(nonce) = id.get(..NONCE + CHECK).filter(|nonce| nonce.is_ascii()) else {
            return Origin::Nobody;
        };
        let (random, sum) = nonce.split_at(NONCE);
        match nonce {
            nonce if nonce == self.nonce => Origin::Own,
            _ if check(random) == sum => Origin::OtherFake,
            _ => Origin::Nobody,
        }
    }
}

/// A checksum in base 36.
fn check(nonce: &str) -> String {
    let sum = nonce.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(16_777_619) ^ u32::from(byte));
    let mut check = String::new();
    for place in 0..CHECK {
        let _ = write!(check, "{}", digit(u64::from(sum >> (place * 7)) % 36));
    }
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_whose_it_is() {
        let mut own = Ids::new(Seed(1));
        let mut other = Ids::new(Seed(2));
        let id = own.next();
        assert_eq!(own.origin(&id), Origin::Own);
        assert_eq!(other.origin(&id), Origin::OtherFake);
        assert_eq!(own.origin(&other.next()), Origin::OtherFake);
        assert_eq!(own.origin("nosuchclientnosuchclient"), Origin::Nobody);
        assert_eq!(own.origin(""), Origin::Nobody);
        assert_eq!(own.origin("üüüüüüüüüüüüü"), Origin::Nobody);
        assert_eq!(own.origin("aaaaaaaéaaaaaaaa"), Origin::Nobody);
        assert_ne!(own.next(), own.next());
    }

    #[test]
    fn the_id_of_an_http_session_tells_whose_it_is() {
        let mut own = Ids::new(Seed(1));
        let id = own.next_of("user");
        assert_eq!(own.origin(&id), Origin::Own);
        assert!(own.is_drawn(&id), "{id}");
        assert!(own.is_of(&id, "user"), "{id}");
        assert!(!own.is_of(&id, "another user"), "{id}");
        assert!(!own.is_of(&own.clone().next(), "user"));
        assert!(!own.is_of(&id[..id.len() - 1], "user"));
        assert!(!own.is_of("", "user"));
        assert!(!own.after().is_of(&id, "user"));
        assert_ne!(own.next_of("user"), id);
    }

    #[test]
    fn a_uuid_has_its_form() {
        let ids = Ids::new(Seed(1));
        let first = ids.token_of("one");
        let second = ids.token_of("two");
        let form: Vec<usize> = first.split('-').map(str::len).collect();
        assert_eq!(form, [8, 4, 4, 4, 12], "{first}");
        assert!(first.chars().all(|char| char == '-' || char.is_ascii_hexdigit()), "{first}");
        assert_eq!(&first[14..15], "4", "{first}");
        assert!(["8", "9", "a", "b"].contains(&&first[19..20]), "{first}");
        assert_ne!(first, second);
    }
}

//! The ids that clients are given: clientId, `BAYEUX_BROWSER` and `JSESSIONID`; and the tokens of CSRF protection.
//!
//! Each id begins with a nonce of its fake, which ends with a check over itself. So an id of another fake, of this process
//! or of another one, is told from one that nobody gave.

use std::fmt::Write;

/// Letters of a nonce without its check, and of the check.
const NONCE: usize = 8;
const CHECK: usize = 4;
/// 25 letters of base 36 hold more than 128 bits.
const RANDOM: usize = 25;

/// Makes the ids of one fake.
#[derive(Debug)]
pub(crate) struct Ids {
    nonce: String,
    random: fastrand::Rng,
}

/// Whose an id is.
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
    pub(crate) fn new() -> Self {
        let mut random = fastrand::Rng::new();
        let nonce = letters(&mut random, NONCE);
        Self { nonce: format!("{nonce}{}", check(&nonce)), random }
    }

    pub(crate) fn next(&mut self) -> String {
        format!("{}{}", self.nonce, letters(&mut self.random, RANDOM))
    }

    /// A random UUID (RFC 9562, version 4). It has no nonce, since it is never looked up: it is compared with the one of a
    /// session, whose id has a nonce.
    pub(crate) fn uuid(&mut self) -> String {
        let random = self.random.u128(..) & !(0xF << 76) & !(0b11 << 62);
        let hex = format!("{:032x}", random | 4 << 76 | 0b10 << 62);
        let (time, rest) = hex.split_at(8);
        format!("{time}-{}-{}-{}-{}", &rest[..4], &rest[4..8], &rest[8..12], &rest[12..])
    }

    /// Whether it is an id of this fake or of another one.
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

fn letters(random: &mut fastrand::Rng, count: usize) -> String {
    let digit = |_| char::from_digit(random.u32(0..36), 36).unwrap_or('0');
    (0..count).map(digit).collect()
}

/// A checksum in base 36.
fn check(nonce: &str) -> String {
    let sum = nonce.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(16_777_619) ^ u32::from(byte));
    let mut check = String::new();
    for place in 0..CHECK {
        let digit = (sum >> (place * 7)) % 36;
        let _ = write!(check, "{}", char::from_digit(digit, 36).unwrap_or('0'));
    }
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_whose_it_is() {
        let (mut own, mut other) = (Ids::new(), Ids::new());
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
    fn a_uuid_has_its_form() {
        let mut ids = Ids::new();
        let (first, second) = (ids.uuid(), ids.uuid());
        let form: Vec<usize> = first.split('-').map(str::len).collect();
        assert_eq!(form, [8, 4, 4, 4, 12], "{first}");
        assert!(first.chars().all(|it| it == '-' || it.is_ascii_hexdigit()), "{first}");
        assert_eq!(&first[14..15], "4", "{first}");
        assert!(["8", "9", "a", "b"].contains(&&first[19..20]), "{first}");
        assert_ne!(first, second);
    }
}

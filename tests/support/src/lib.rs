//! Clients that the tests of both packages send with.

//! The modelled API in the languages of other tools, as the program writes it.
//!
//! [`openapi`] describes the REST side and the path of the push side, [`asyncapi`] what is pushed, and [`schemas`] has every
//! schema in one document. All three are written from the tables of `gws`, the schemas and the fixtures, so that a new
//! operation is in them by itself. `components` is how schemas refer to each other inside of such a document; `examples`
//! says who can send which operation to a fresh fake, and `answers` which refusals a request can meet.
//!
//! Values go in and values come out; whatever writes files is the program.

mod answers;
mod asyncapi;
mod bundle;
mod components;
mod examples;
mod openapi;
mod push;
#[cfg(test)]
mod tests;

pub use asyncapi::asyncapi;
pub use bundle::schemas;
pub use openapi::openapi;

//! The streams of a verb, and the person at the terminal.

pub mod clean;
pub mod error;
pub mod input;
pub mod paint;
pub mod person;
pub mod screen;
pub mod shell;
pub mod stdio;
pub mod terminal;

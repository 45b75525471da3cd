//! What is kept between two runs and can be lost without harm.

pub mod cache;
pub mod notes;
pub mod silence;

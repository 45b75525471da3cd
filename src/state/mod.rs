//! What is kept between runs and can be lost without harm.

#[cfg(feature = "cloud")]
pub mod cache;
#[cfg(feature = "cloud")]
pub mod notes;
pub mod silence;

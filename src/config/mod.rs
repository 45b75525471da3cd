//! Configuration files.

pub mod kubelet_config;

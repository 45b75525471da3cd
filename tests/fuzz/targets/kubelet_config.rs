#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| properties::kubelet_config::holds(input));

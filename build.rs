//! How the program is linked.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "that is how cargo and a build script talk"
)]

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // A static program reads at each start what in it depends on its address: packed, 1.5 KB instead of 118.
    if std::env::var("CARGO_CFG_TARGET_ENV").as_deref() == Ok("musl") {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

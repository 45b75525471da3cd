//! How the program is linked, and what Windows shows of it.
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
        // It also brings in each page of code that it runs: the functions of a crate lie together, so that those which a
        // login needs lie apart from what asks people or the network.
        println!("cargo::rustc-link-arg-bins=-Wl,--sort-section=name");
    }
    // Name and version, from Cargo.toml, under `Details` in the program's properties.
    if std::env::var_os("CARGO_CFG_WINDOWS").is_some() {
        let resource = winresource::WindowsResource::new();
        resource
            .compile()
            .expect("the resource compiler of Windows' SDK or mingw");
    }
}

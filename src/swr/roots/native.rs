//! The certificates that macOS and Windows trust.

use rustls::pki_types::CertificateDer;

/// The crate would take those of the variables, where one is set: then there are none.
pub(super) fn of_the_system(variables_are_set: bool) -> Vec<CertificateDer<'static>> {
    match variables_are_set {
        true => Vec::new(),
        false => rustls_native_certs::load_native_certs().certs,
    }
}

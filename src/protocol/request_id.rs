//! The header by which whoever calls names its request; every participant hands the name on to whom it calls for it.

/// The header that names a request, in lower case.
pub const REQUEST_ID_HEADER: &str = "x-request-id";

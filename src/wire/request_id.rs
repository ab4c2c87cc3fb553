//! The name that a call gets where it comes in, so that what its participants hand on is known to be its own even where
//! several present the same token at once.

use hyper::Request;
use hyper::header::HeaderValue;

use crate::protocol::REQUEST_ID_HEADER;

/// Makes a name that no other call has.
pub(crate) fn new_request_id() -> String {
    format!("hopcheck-{:016x}", rand::random::<u64>())
}

/// Names a request, unless its caller did.
pub(crate) fn ensure_request_id<B>(request: &mut Request<B>) {
    if let Ok(id) = HeaderValue::try_from(new_request_id()) {
        request.headers_mut().entry(REQUEST_ID_HEADER).or_insert(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_has_a_name_of_its_own() {
        let [one, other] = [(); 2].map(|()| named(Request::new(())));
        assert!(one.starts_with("hopcheck-") && one != other, "{one} {other}");
    }

    #[test]
    fn the_name_that_the_caller_gave_stays() {
        let request = Request::builder().header(REQUEST_ID_HEADER, "given").body(());
        assert_eq!(named(request.unwrap()), "given");
    }

    fn named(mut request: Request<()>) -> String {
        ensure_request_id(&mut request);
        request.headers()[REQUEST_ID_HEADER].to_str().unwrap().to_owned()
    }
}

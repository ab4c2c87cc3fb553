//! A route served: by the method and at the path that were agreed, and leniently where a stranger may call.

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, MethodRouter, on};

use crate::protocol::{Route, Routes};

/// Returns the router with one more route, which answers with the handler.
pub(super) fn serve<H, T, S>(router: Router<S>, all: &Routes, route: &Route, handler: H) -> Router<S>
where
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    let answer = on(methods(all, route), handler);
    serve_as(router, all, route, || answer.clone())
}

/// Returns the router with one more route, at every path at which it is taken.
pub(super) fn serve_as<S: Clone + Send + Sync + 'static>(
    router: Router<S>,
    all: &Routes,
    route: &Route,
    answer: impl Fn() -> MethodRouter<S>,
) -> Router<S> {
    let paths = if all.is_lenient { route.in_any_version() } else { vec![route.path.clone()] };
    paths.iter().fold(router, |router, path| router.route(path, answer()))
}

/// Returns the methods by which a route is taken: the agreed one, and leniently any that carries a body where none was.
pub(super) fn methods(routes: &Routes, route: &Route) -> MethodFilter {
    let agreed =
        Method::from_bytes(route.method.as_bytes()).ok().and_then(|method| MethodFilter::try_from(method).ok());
    let agreed = agreed.unwrap_or(MethodFilter::POST);
    if routes.is_lenient && !route.is_method_agreed {
        agreed.or(MethodFilter::POST).or(MethodFilter::PUT).or(MethodFilter::PATCH)
    } else {
        agreed
    }
}

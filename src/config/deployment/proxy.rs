//! `[proxy]`: the proxies that the environment names, as curl takes them, and which calls they are for.

use std::fmt;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Url;

use super::Sensitive;
use super::no_proxy::NoProxy;
use crate::config::toml_text::Section;
use crate::diagnostic::Diagnostic;

pub(super) const KEYS: [&str; 1] = ["from_environment"];

/// A variable of the environment names no proxy. The message quotes nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the environment variable {variable} names no proxy: it is {what}\nhint: it should be like http://proxy.example.com:3128"
)]
pub struct ProxyError {
    /// The variable.
    pub variable: String,
    what: &'static str,
}

/// The proxies that calls to real participants go through.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    pub(crate) http: Option<Url>,
    pub(crate) https: Option<Url>,
    directly: NoProxy,
}

impl Proxies {
    /// Reads `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in lower case first, as curl does; an empty variable
    /// is as good as none.
    pub fn of_environment(environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, ProxyError> {
        let set = |name: &str| {
            let value = |name: &str| environment(name).filter(|value| !value.trim().is_empty());
            let lower = name.to_ascii_lowercase();
            value(&lower).map(|value| (lower, value)).or_else(|| Some((name.to_owned(), value(name)?)))
        };
        let proxy = |name| {
            let named = set(name).or_else(|| set("ALL_PROXY"));
            named.map(|(variable, value)| url_of(&value).map_err(|what| ProxyError { variable, what })).transpose()
        };
        let directly = set("NO_PROXY").map(|(_, value)| NoProxy::read(&value)).unwrap_or_default();
        Ok(Self { http: proxy("HTTP_PROXY")?, https: proxy("HTTPS_PROXY")?, directly })
    }

    /// Returns whether a call to this URL passes every proxy by.
    pub(crate) fn are_passed_by(&self, url: &Url) -> bool {
        self.directly.covers(url)
    }

    /// Returns host and port of the proxy that a call to this URL goes through, if it goes through any.
    pub fn on_the_way_to(&self, url: &Url) -> Option<String> {
        let of = |proxy: &Option<Url>| proxy.as_ref().map(ToString::to_string).unwrap_or_default();
        if self.are_passed_by(url) {
            return None;
        }
        let matcher = Matcher::builder().http(of(&self.http)).https(of(&self.https)).build();
        let proxy = matcher.intercept(&url.as_str().parse().ok()?)?;
        proxy.uri().authority().map(ToString::to_string)
    }

    /// Returns what must not be printed: the credentials within the URLs, however they are written.
    pub(super) fn secrets(&self) -> Vec<Sensitive> {
        let mut secrets = Vec::new();
        for url in [&self.http, &self.https].into_iter().flatten() {
            let of_url = [url.password().unwrap_or_default(), url.username()];
            secrets.extend(of_url.into_iter().find(|secret| !secret.is_empty()).map(Sensitive::new));
            let matcher = Matcher::builder().all(url.to_string()).build();
            let any = hyper::Uri::from_static("http://any.example");
            let basic = matcher.intercept(&any).and_then(|proxy| proxy.basic_auth()?.to_str().ok().map(str::to_owned));
            secrets.extend(basic.as_deref().and_then(|basic| basic.strip_prefix("Basic ")).map(Sensitive::new));
        }
        secrets
    }
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxies")
            .field("http", &self.http.is_some())
            .field("https", &self.https.is_some())
            .finish_non_exhaustive()
    }
}

/// Reads the section; without `from_environment = true` the environment is not asked.
pub(super) fn read(
    top: &Section<'_>,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<Proxies>, Diagnostic> {
    let Some(section) = top.section("proxy", &KEYS)? else { return Ok(None) };
    let Some(entry) = section.get("from_environment") else { return Ok(None) };
    if !entry.flag()? {
        return Ok(None);
    }
    Proxies::of_environment(environment).map(Some).map_err(|error| {
        let ProxyError { variable, what } = error;
        entry
            .complaint(format!("the environment variable {variable} names no proxy: it is {what}"))
            .hint("it should be like http://proxy.example.com:3128")
    })
}

/// Reads the URL of a proxy, in which http:// may be left out, or says what it is instead.
fn url_of(text: &str) -> Result<Url, &'static str> {
    let text = text.trim();
    let text = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&text).ok().ok_or("not a URL")?;
    if url.scheme().starts_with("socks") {
        return Err("a SOCKS proxy, which hopcheck does not speak to");
    }
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err("neither http nor https");
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variables_mean_what_they_mean_to_curl() {
        let all = "http://all.example:1";
        for (variables, url, expected) in [
            (&[("HTTP_PROXY", "http://p.example:1")] as &[_], "http://flex.example", Some("p.example:1")),
            (&[("HTTP_PROXY", "http://p.example:1")], "https://flex.example", None),
            (&[("https_proxy", "p.example:1")], "https://flex.example", Some("p.example:1")),
            (&[("https_proxy", "https://p.example")], "https://flex.example", Some("p.example")),
            (&[("ALL_PROXY", all)], "https://flex.example", Some("all.example:1")),
            (&[("ALL_PROXY", all), ("HTTPS_PROXY", "p.example:1")], "https://flex.example", Some("p.example:1")),
            (&[("HTTPS_PROXY", "upper.example"), ("https_proxy", "l.example")], "https://a.example", Some("l.example")),
            (&[("https_proxy", " "), ("HTTPS_PROXY", "upper.example")], "https://a.example", Some("upper.example")),
            (&[("ALL_PROXY", all), ("NO_PROXY", "b.example, flex.example")], "http://flex.example", None),
            (&[("ALL_PROXY", all), ("NO_PROXY", "b.example flex.example")], "http://a.flex.example", None),
            (&[("ALL_PROXY", all), ("no_proxy", "flex.example")], "http://reflex.example", Some("all.example:1")),
            (&[("ALL_PROXY", all), ("no_proxy", "*")], "http://flex.example", None),
            (
                &[("ALL_PROXY", all), ("no_proxy", "a.example"), ("NO_PROXY", "*")],
                "http://b.example",
                Some("all.example:1"),
            ),
            (&[("ALL_PROXY", "http://u:p%40ss@p.example:1")], "http://flex.example", Some("p.example:1")),
            (&[], "http://flex.example", None),
        ] {
            let proxies = Proxies::of_environment(&|name| value(variables, name)).unwrap();
            let url = Url::parse(url).unwrap();
            assert_eq!(proxies.on_the_way_to(&url).as_deref(), expected, "{variables:?} {url}");
        }
    }

    #[test]
    fn a_variable_that_names_no_proxy_is_named_and_not_quoted() {
        for (variables, variable, what) in [
            (&[("HTTPS_PROXY", "s3cret nonsense")] as &[_], "HTTPS_PROXY", "not a URL"),
            (&[("http_proxy", "ftp://u:s3cret@p.example")], "http_proxy", "neither http nor https"),
            (&[("ALL_PROXY", "socks5://s3cret.example")], "ALL_PROXY", "a SOCKS proxy"),
        ] {
            let error = Proxies::of_environment(&|name| value(variables, name)).unwrap_err().to_string();
            assert!(error.contains(&format!("variable {variable} names no proxy: it is {what}")), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
        let unused = [("ALL_PROXY", "socks5://x"), ("HTTP_PROXY", "p.example"), ("HTTPS_PROXY", "p.example")];
        Proxies::of_environment(&|name| value(&unused, name)).unwrap();
    }

    #[test]
    fn credentials_are_secrets_and_hosts_are_not() {
        let variables = [("HTTP_PROXY", "http://user:s3cret@p.example"), ("HTTPS_PROXY", "http://token@p.example")];
        let proxies = Proxies::of_environment(&|name| value(&variables, name)).unwrap();
        let secrets: Vec<_> = proxies.secrets().iter().map(|secret| secret.expose().to_owned()).collect();
        assert_eq!(secrets, ["s3cret", "dXNlcjpzM2NyZXQ=", "token", "dG9rZW46"]);
        assert_eq!(format!("{proxies:?}"), "Proxies { http: true, https: true, .. }");
    }

    fn value(variables: &[(&str, &str)], name: &str) -> Option<String> {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }
}

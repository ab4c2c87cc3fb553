//! A body as it crossed the wire, with its JSON where it is JSON. What two readers could understand differently is kept
//! with it instead of being settled in silence. Judges nothing.

use std::fmt;

use bytes::Bytes;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// How many values a body may hold: each takes many times the memory that its text does.
const MOST_VALUES: usize = 10_000;
/// How many members that are there more than once are told.
const MOST_REPEATED: usize = 10;

/// A body as it is meant: as it crossed the wire, out of the encodings it was packed in, with its JSON where it is JSON. Its
/// `Debug` shows no more than its length.
#[derive(Clone, Default)]
pub struct Body {
    bytes: Bytes,
    json: Option<Value>,
    unread: Option<&'static str>,
    repeated: Vec<Vec<String>>,
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.bytes.len())
    }
}

impl Body {
    /// Wraps the bytes and reads them as JSON if they are JSON.
    pub fn new(bytes: Bytes) -> Self {
        let mut reading = Reading::default();
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        let read = Part(&mut reading).deserialize(&mut json).and_then(|value| json.end().map(|()| value));
        let unread = read.as_ref().err().and_then(|error| reason(&bytes, &reading, error));
        Self { bytes, json: read.ok(), unread, repeated: reading.repeated }
    }

    /// Wraps bytes that say nothing as they are, and why.
    pub fn unreadable(bytes: Bytes, reason: &'static str) -> Self {
        Self { bytes, unread: Some(reason), ..Self::default() }
    }

    /// Returns the bytes.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Returns the JSON, or `None` when the bytes are not JSON. Of a member that is there more than once, the last.
    pub fn json(&self) -> Option<&Value> {
        self.json.as_ref()
    }

    /// Returns why the bytes are not JSON, where a look at them does not tell.
    pub fn unread(&self) -> Option<&'static str> {
        self.unread
    }

    /// Returns the paths of members that are there more than once, such as `["auth_account", "account_sid"]`.
    pub fn repeated(&self) -> &[Vec<String>] {
        &self.repeated
    }

    /// Returns the member at a path of names, such as `["auth_account", "account_sid"]`.
    pub fn member<S: AsRef<str>>(&self, path: &[S]) -> Option<&Value> {
        path.iter().try_fold(self.json.as_ref()?, |value, name| value.as_object()?.get(name.as_ref()))
    }

    /// Returns the text of a top-level member.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.member(&[name])?.as_str()
    }

    /// Returns the texts in the list that a top-level member is, unless the list holds anything else.
    pub fn texts(&self, name: &str) -> Option<Vec<String>> {
        self.member(&[name])?.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
    }

    /// Returns what a top-level member says, be it a text or a number.
    pub fn said(&self, name: &str) -> Option<String> {
        match self.member(&[name])? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }
}

fn reason(bytes: &[u8], reading: &Reading, error: &serde_json::Error) -> Option<&'static str> {
    if reading.values > MOST_VALUES {
        Some("it holds more than 10000 values")
    } else if error.to_string().starts_with("recursion limit exceeded") {
        Some("it is nested more than 127 levels deep")
    } else if std::str::from_utf8(bytes).is_err() {
        Some("it is not UTF-8")
    } else if bytes.contains(&0) {
        Some("it has a NUL byte in it")
    } else {
        None
    }
}

/// What is known while a body is read.
#[derive(Debug, Default)]
struct Reading {
    path: Vec<String>,
    repeated: Vec<Vec<String>>,
    values: usize,
}

/// A value within a body, read by its visitor.
struct Part<'a>(&'a mut Reading);

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.0.values += 1;
        if self.0.values > MOST_VALUES {
            return Err(D::Error::custom("too many values"));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(Part(self.0))? {
            array.push(item);
        }
        Ok(array.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            self.0.path.push(name.clone());
            let value = members.next_value_seed(Part(self.0))?;
            if object.insert(name, value).is_some()
                && self.0.repeated.len() < MOST_REPEATED
                && !self.0.repeated.contains(&self.0.path)
            {
                self.0.repeated.push(self.0.path.clone());
            }
            self.0.path.pop();
        }
        Ok(object.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nested_member_is_found_by_its_path() {
        let body = body(r#"{"auth_account":{"account_sid":"AC1"}}"#);
        assert_eq!(body.member(&["auth_account", "account_sid"]).and_then(Value::as_str), Some("AC1"));
        assert!(body.member(&["auth_account", "other"]).is_none());
        assert!(self::body("<html>").member(&["x"]).is_none());
    }

    #[test]
    fn json_is_read_as_it_is() {
        for text in [
            r#"{"z":1,"a":[-2,3.5,1e300,18446744073709551615,true,null,"\u0041"],"o":{}}"#,
            "[]",
            "null",
            r#"{"$serde_json::private::RawValue":"1"}"#,
        ] {
            let read = body(text);
            assert!(read.json().is_some() && read.unread().is_none() && read.repeated().is_empty(), "{text}");
            assert_eq!(read.json().unwrap().to_string(), text.replace(r"\u0041", "A").replace("1e300", "1e+300"));
        }
    }

    #[test]
    fn a_member_that_is_there_twice_is_told_once() {
        let read = body(r#"{"a":1,"b":{"a":1,"c":2,"c":3,"c":4},"list":[{"a":1,"a":2},{"a":3}],"a":2}"#);
        let repeated: Vec<String> = read.repeated().iter().map(|path| path.join(".")).collect();
        assert_eq!(repeated, ["b.c", "list.a", "a"]);
        assert_eq!(read.member(&["a"]), Some(&Value::from(2)));
    }

    #[test]
    fn what_no_reader_should_have_to_read_is_not_read() {
        let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
        let many = format!("[{}0]", "0,".repeat(MOST_VALUES));
        for (bytes, reason) in [
            (deep.as_bytes(), Some("it is nested more than 127 levels deep")),
            (many.as_bytes(), Some("it holds more than 10000 values")),
            (b"{\"a\":\"\xff\"}", Some("it is not UTF-8")),
            (b"{\"a\":\"\0\"}", Some("it has a NUL byte in it")),
            (b"{\"a\":1}\0", Some("it has a NUL byte in it")),
            (b"{\"a\":1} {\"a\":1}", None),
            (b"<html>", None),
            (b"", None),
        ] {
            let read = Body::new(Bytes::copy_from_slice(bytes));
            assert_eq!((read.json(), read.unread()), (None, reason), "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    fn body(text: &str) -> Body {
        Body::new(Bytes::copy_from_slice(text.as_bytes()))
    }
}

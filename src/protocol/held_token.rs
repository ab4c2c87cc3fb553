//! The token in a reply that was not drawn by whoever reads it: where a stranger may have put it.

use serde_json::Value;

/// How deep a reply is searched.
const DEEPEST: usize = 4;

/// Returns the token that a reply holds: the member `token`, else one that is called so at its end (`accessToken`,
/// `auth_token`, `jwt`), the outermost first.
pub fn held_token(reply: &Value) -> Option<&str> {
    search(reply, DEEPEST, &|name| name == "token")
        .or_else(|| search(reply, DEEPEST, &|name| name.ends_with("token") || name == "jwt"))
}

fn search<'v>(value: &'v Value, depth: usize, is_called: &dyn Fn(&str) -> bool) -> Option<&'v str> {
    let members = value.as_object()?;
    let held = members.iter().find_map(|(name, value)| {
        let text = value.as_str().filter(|text| !text.is_empty())?;
        is_called(&name.to_ascii_lowercase()).then_some(text)
    });
    held.or_else(|| {
        let deeper = depth.checked_sub(1)?;
        members.values().find_map(|value| search(value, deeper, is_called))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_is_found_under_whatever_name_it_has() {
        for reply in [
            json!({"token": "t"}),
            json!({"refresh_token": "r", "token": "t"}),
            json!({"accessToken": "t"}),
            json!({"data": {"expires": 1, "jwt": "t"}}),
            json!({"token": {"token": "t"}}),
            json!({"token": 1, "auth_token": "t"}),
        ] {
            assert_eq!(held_token(&reply), Some("t"), "{reply}");
        }
    }

    #[test]
    fn a_reply_without_one_holds_none() {
        for reply in [json!(null), json!("t"), json!({"token": ""}), json!({"tokens": "t"}), json!([{"token": "t"}])] {
            assert_eq!(held_token(&reply), None, "{reply}");
        }
    }
}

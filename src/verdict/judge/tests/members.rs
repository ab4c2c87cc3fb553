//! Every member drawn on every arrow of every course: dropped, null, of another type, of another value.

use serde_json::{Value, json};

use crate::diagram::{Kind, Meaning, Member, Value as Drawn};
use crate::verdict::Severity;
use crate::verdict::testing::{NONE, Played, assert_first, deviating, every_circumstances, feature_off};

#[test]
fn a_member_that_is_dropped_null_or_of_another_type_is_found_on_its_arrow() {
    for circumstances in every_circumstances() {
        for (arrow, member) in drawn_members(&Played::new(circumstances)) {
            for wrong in [None, Some(Value::Null), Some(json!({"a": 1})), Some(json!([true]))] {
                let mut played = Played::new(circumstances);
                put(&mut played, arrow, &member, wrong.as_ref());
                assert_first(&played.judged(), arrow, &format!("member `{}`", member.path.join(".")));
            }
        }
    }
}

#[test]
fn another_value_is_found_on_the_first_arrow_that_can_tell() {
    let mut told = 0;
    for circumstances in every_circumstances() {
        let members = drawn_members(&Played::new(circumstances));
        for (arrow, member) in &members {
            let mut played = Played::new(circumstances);
            put(&mut played, *arrow, member, Some(&other_value(member)));
            let judgement = played.judged();
            match first_that_can_tell(&played, &members, *arrow, member) {
                Some(expected) => {
                    assert_first(&judgement, expected, "member");
                    told += 1;
                }
                None => assert_eq!(deviating(&judgement), NONE, "{circumstances}, arrow {arrow}, {}", member.pointer()),
            }
        }
    }
    assert!(told > 100, "only {told} of the changes can be told");
}

#[test]
fn a_member_drawn_for_another_course_is_found_even_as_null() {
    for circumstances in every_circumstances() {
        let arrows = Played::new(circumstances).arrows();
        for number in arrows {
            let mut played = Played::new(circumstances);
            let diagram = played.diagram.clone();
            for member in diagram.forbidden_members(diagram.arrow(number).unwrap()) {
                for value in [json!(null), json!("x"), json!(false)] {
                    let mut played = Played::new(circumstances);
                    put(&mut played, number, member, Some(&value));
                    assert_first(&played.judged(), number, &format!("member `{}`", member.path.join(".")));
                }
            }
            played.set(number, "undrawn", 1);
            assert_eq!(deviating(&played.judged()), NONE);
        }
    }
}

#[test]
fn a_fingerprint_is_not_sent_with_the_feature_off() {
    for arrow in [7, 8] {
        for value in [json!(null), json!("a generated_finger_print"), json!("")] {
            let mut played = Played::new(feature_off());
            played.set(arrow, "fingerprint", value);
            assert_first(&played.judged(), arrow, "member `fingerprint`");
        }
    }
}

#[test]
fn no_finding_shows_a_secret() {
    for circumstances in every_circumstances() {
        for (arrow, member) in drawn_members(&Played::new(circumstances)) {
            let mut played = Played::new(circumstances);
            put(&mut played, arrow, &member, Some(&json!("s3cr3t-value")));
            played.redactor.hide_secrets_of(&played.transcript);
            let shown: String = played.judged().findings().map(ToString::to_string).collect();
            let names_a_secret = member.path.iter().any(|name| name == "token" || name.contains("finger"));
            assert!(!shown.contains("presented-token") && !shown.contains("returned-token"), "{shown}");
            assert!(!names_a_secret || !shown.contains("s3cr3t"), "{shown}");
        }
    }
}

#[test]
fn another_text_of_a_verdict_is_only_a_should() {
    let mut played = Played::new(crate::verdict::testing::bad_token());
    played.set(22, "message", "no");
    let judgement = played.judged();
    assert_eq!(deviating(&judgement), NONE);
    let finding = &judgement.arrow(22).unwrap().findings[0];
    assert_eq!((finding.severity(), finding.subject.as_str()), (Severity::Should, "member `message`"));
}

/// Returns every member drawn on the arrows of the course that can be seen, in order.
fn drawn_members(played: &Played) -> Vec<(usize, Member)> {
    let arrows = played.arrows().into_iter().filter_map(|number| played.diagram.arrow(number));
    arrows.flat_map(|arrow| arrow.members().iter().map(|member| (arrow.number, member.clone()))).collect()
}

fn put(played: &mut Played, arrow: usize, member: &Member, value: Option<&Value>) {
    played.change(arrow, |body| {
        let (last, before) = member.path.split_last().unwrap();
        let place = before.iter().fold(body, |place, name| &mut place[name]);
        match value {
            Some(value) => place[last] = value.clone(),
            None => drop(place.as_object_mut().unwrap().remove(last)),
        }
    });
}

fn other_value(member: &Member) -> Value {
    match &member.value {
        Drawn::Literal(literal) => literal.as_bool().map_or(json!(0), |drawn| json!(!drawn)),
        Drawn::Type(_) | Drawn::Objects(_) => json!({"of another": "type"}),
        Drawn::Name(name) => match name.kind {
            Kind::Token => json!("another-token"),
            Kind::AccountSid => json!("ACffffffffffffffffffffffffffffffff"),
            Kind::DateTime => json!("2999-06-01T00:00:00Z"),
            Kind::Texts => json!(["customer"]),
            Kind::Code => json!(1),
            Kind::UniqueId | Kind::Verdict | Kind::Text => json!("another"),
        },
    }
}

/// A literal, and what the customer was given or an arrow before showed, can be told at once; anything else by the
/// next arrow that shows it.
fn first_that_can_tell(played: &Played, members: &[(usize, Member)], arrow: usize, member: &Member) -> Option<usize> {
    let is_request = |number| matches!(played.diagram.arrow(number).unwrap().meaning, Meaning::Request(_));
    let stands_for = |number: usize, member: &Member| match &member.value {
        Drawn::Literal(_) | Drawn::Type(_) | Drawn::Objects(_) => format!("{number} {}", member.pointer()),
        Drawn::Name(name) if name.kind == Kind::Token => format!("token {}", is_request(number)),
        Drawn::Name(name) if name.kind == Kind::AccountSid => "account".to_owned(),
        Drawn::Name(name) => name.text.clone(),
    };
    let own = stands_for(arrow, member);
    let at_once = matches!(member.value, Drawn::Literal(_)) || ["token true", "account"].contains(&own.as_str());
    let others = || members.iter().filter(|(number, other)| stands_for(*number, other) == own);
    if at_once || others().any(|(number, _)| *number < arrow) {
        Some(arrow)
    } else {
        others().map(|(number, _)| *number).find(|number| *number > arrow)
    }
}

//! Random requests of several users.

use super::*;

#[test]
fn whatever_is_sent_each_answer_conforms_and_no_agent_learns_of_who_monitors() {
    let users = [SUPERVISOR, OTHER_SUPERVISOR, AGENT, OTHER_AGENT, AGENT_WITHOUT_SMS];
    for seed in 0..50 {
        let (mut rng, mut world, mut last) = (fastrand::Rng::with_seed(seed), world(), 0);
        for _ in 0..40 {
            let user = users[rng.usize(..5)];
            let session = [SESSION, INVITED_SESSION, LEFT_SESSION, OWN_SESSION][rng.usize(..4)];
            let of = users[rng.usize(..4)].id;
            let mode = MODES.get(rng.usize(..4)).copied();
            let before = format!("{world:?}");
            let answer = match rng.u8(..5) {
                0 | 1 => intrude(&mut world, user, of, session, mode),
                2 | 3 => own(&mut world, user, session, ACCEPT),
                _ => own(&mut world, user, session, REJECT),
            };
            let Ok(done) = answer else {
                assert_eq!(format!("{world:?}"), before);
                continue;
            };
            assert_eq!(check("response", &done.reply), []);
            let parties = &world.session(session).unwrap().parties;
            for Notification { number, user, kind, data, .. } in done.notifications {
                assert_eq!(check(kind.schema, &data), [], "{data}");
                assert_eq!(number, last + 1);
                last = number;
                let agent = parties.iter().any(|it| it.user == user && it.is_agent());
                let monitors = parties.iter().filter(|it| it.role.mode() == Some(Monitor));
                let mut named = monitors.filter(|it| data.to_string().contains(&it.user));
                assert!(!agent || named.next().is_none(), "{user} is told {data}");
            }
        }
    }
}

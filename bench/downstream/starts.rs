#[test]
#[ignore = "run by the bench"]
fn starts() {
    let start = || {
        let began = std::time::Instant::now();
        let gws = gws_sms_fake::FakeGws::start();
        let took = began.elapsed().as_secs_f64() * 1e6;
        drop(gws);
        took
    };
    let first = start();
    let mut others: Vec<f64> = (0..51).map(|_| start()).collect();
    others.sort_by(f64::total_cmp);
    println!("starts {first} {}", others[25]);
}

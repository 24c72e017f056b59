#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| gws_sms_fake_fuzz::engine(input));

//! One Intrude after another, as bars: how long each server takes, and how much of that its processor.

use std::path::Path;

use plotters::prelude::*;
use serde::{Deserialize, Serialize};

/// What is measured of one server, in microseconds.
#[derive(Debug, Serialize, Deserialize)]
pub struct Bar {
    pub name: String,
    /// From the request to the answer, at the client.
    pub latency: f64,
    /// Of the server alone.
    pub processor: f64,
}

const SIZE: (u32, u32) = (760, 60);
const ROW: u32 = 34;
/// Where the bars begin, and how long the longest one is.
const LEFT: i32 = 170;
const LONGEST: f64 = 480.0;
const HEIGHT: i32 = 20;
const LATENCY: RGBColor = RGBColor(120, 160, 200);
const PROCESSOR: RGBColor = RGBColor(40, 80, 130);

/// Draws the bars, the shortest first, into a file.
pub fn draw(file: &Path, bars: &[Bar]) {
    let mut bars: Vec<&Bar> = bars.iter().collect();
    bars.sort_by(|one, other| one.latency.total_cmp(&other.latency));
    let rows = u32::try_from(bars.len()).expect("few servers");
    let area = SVGBackend::new(file, (SIZE.0, SIZE.1 + rows * ROW)).into_drawing_area();
    area.fill(&WHITE).expect("a background");
    let title = ("sans-serif", 16).into_font().color(&BLACK);
    let heading = "One Intrude after another, median in \u{b5}s (dark: the server's processor)";
    area.draw_text(heading, &title, (12, 12)).expect("a heading");
    let longest = bars.last().map_or(1.0, |bar| bar.latency);
    let style = ("sans-serif", 14).into_font().color(&BLACK);
    for (row, bar) in (0..).zip(bars) {
        let top = 48 + row * i32::try_from(ROW).expect("a small number");
        let right = |value: f64| LEFT + (value / longest * LONGEST).round() as i32;
        for (value, colour) in [(bar.latency, LATENCY), (bar.processor, PROCESSOR)] {
            let corners = [(LEFT, top), (right(value), top + HEIGHT)];
            area.draw(&Rectangle::new(corners, colour.filled())).expect("a bar");
        }
        area.draw_text(&bar.name, &style, (12, top + 3)).expect("a name");
        let label = format!("{:.0}", bar.latency);
        area.draw_text(&label, &style, (right(bar.latency) + 8, top + 3)).expect("a number");
    }
    area.present().expect("the file of the plot");
}

//! Messages that are near another one: a field more or less, another name, another value. The same for the same seed.

use fastrand::Rng;
use gws_sms_fake::serde_json::{Map, Number, Value, json};

pub(crate) struct Mutations {
    random: Rng,
    /// Values and names that stand in messages.
    values: Vec<Value>,
    names: Vec<String>,
}

impl Mutations {
    pub(crate) fn new<'m>(seed: u64, messages: impl Iterator<Item = &'m Value>) -> Self {
        let (mut values, mut names) = (Vec::new(), Vec::new());
        for message in messages {
            collect(message, &mut values, &mut names);
        }
        Self { random: Rng::with_seed(seed), values, names }
    }

    /// The message with one or two things changed somewhere in it.
    pub(crate) fn of(&mut self, message: &Value) -> Value {
        let mut message = message.clone();
        for _ in 0..self.random.usize(1..=2) {
            let places = places(&message);
            let place = &places[self.random.usize(..places.len())];
            if let Some(value) = message.pointer_mut(place) {
                self.change(value);
            }
        }
        message
    }

    fn change(&mut self, value: &mut Value) {
        match value {
            Value::Object(fields) => self.change_object(fields),
            Value::Array(items) => match self.random.u8(..4) {
                0 => items.clear(),
                1 => items.push(self.value()),
                2 => items.extend(items.first().cloned()),
                _ => *value = self.value(),
            },
            Value::String(text) => match self.random.u8(..6) {
                0 => text.clear(),
                1 => text.push('x'),
                2 => *text = text.to_lowercase(),
                3 => *text = format!(" {text}"),
                4 => *text = text.chars().rev().collect(),
                _ => *value = self.value(),
            },
            Value::Number(number) => *value = self.number(number),
            _ => *value = self.value(),
        }
    }

    fn change_object(&mut self, fields: &mut Map<String, Value>) {
        let keys: Vec<String> = fields.keys().cloned().collect();
        let key = (!keys.is_empty()).then(|| keys[self.random.usize(..keys.len())].clone());
        match (self.random.u8(..4), key) {
            (0, Some(key)) => drop(fields.remove(&key)),
            (1, Some(key)) => {
                if let Some(value) = fields.remove(&key) {
                    fields.insert(self.name(), value);
                }
            }
            (2, Some(key)) => drop(fields.insert(key, self.value())),
            _ => drop(fields.insert(self.name(), self.value())),
        }
    }

    fn number(&mut self, number: &Number) -> Value {
        let near = number.as_i64().unwrap_or_default();
        match self.random.u8(..7) {
            0 => json!(near + 1),
            1 => json!(near - 1),
            2 => json!(-near),
            // The same number for JSON Schema, which knows no other zero behind the point.
            3 => json!(number.as_f64()),
            4 => json!(0.5),
            5 => json!(u64::MAX),
            _ => self.value(),
        }
    }

    fn value(&mut self) -> Value {
        match self.random.u8(..4) {
            0 => Value::Null,
            1 => [json!(true), json!(0), json!(1.0), json!([]), json!({}), json!("")]
                [self.random.usize(..6)]
            .clone(),
            _ => self.values[self.random.usize(..self.values.len())].clone(),
        }
    }

    fn name(&mut self) -> String {
        match self.random.u8(..3) {
            0 => "unknown".to_owned(),
            _ => self.names[self.random.usize(..self.names.len())].clone(),
        }
    }
}

fn collect(value: &Value, values: &mut Vec<Value>, names: &mut Vec<String>) {
    values.push(value.clone());
    match value {
        Value::Object(fields) => {
            for (name, below) in fields {
                names.push(name.clone());
                collect(below, values, names);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, values, names)),
        _ => {}
    }
}

/// A pointer to each value in it, the whole one too.
fn places(value: &Value) -> Vec<String> {
    let mut places = vec![String::new()];
    let below: Vec<(String, &Value)> = match value {
        Value::Object(fields) => {
            let escaped = |name: &str| name.replace('~', "~0").replace('/', "~1");
            fields.iter().map(|(name, below)| (escaped(name), below)).collect()
        }
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, below)| (index.to_string(), below)).collect()
        }
        _ => Vec::new(),
    };
    for (name, value) in below {
        places.extend(self::places(value).into_iter().map(|place| format!("/{name}{place}")));
    }
    places
}

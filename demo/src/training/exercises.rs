//! What an app lets people train.

use uuid::Uuid;

use super::App;
use crate::{copy::Rows, random::Random};

const LIFTS: [&str; 6] = [
    "Back Squat",
    "Bench Press",
    "Deadlift",
    "Overhead Press",
    "Barbell Row",
    "Front Squat",
];
const ACCESSORIES: [&str; 4] = ["Lateral Raise", "Leg Curl", "Calf Raise", "Cable Fly"];
const OF_BODY_WEIGHT: [&str; 4] = ["Push-up", "Pull-up", "Dip", "Lunge"];
const TIMED: [&str; 2] = ["Plank", "Hollow Hold"];

pub struct Exercises {
    pub lifts: [Uuid; LIFTS.len()],
    pub accessories: [Uuid; ACCESSORIES.len()],
    pub of_body_weight: [Uuid; OF_BODY_WEIGHT.len()],
    pub timed: [Uuid; TIMED.len()],
}

impl Exercises {
    pub fn draw(random: &mut Random) -> Self {
        Self {
            lifts: LIFTS.map(|_| random.id()),
            accessories: ACCESSORIES.map(|_| random.id()),
            of_body_weight: OF_BODY_WEIGHT.map(|_| random.id()),
            timed: TIMED.map(|_| random.id()),
        }
    }

    pub fn rows(&self, app: &App) -> Rows {
        let mut rows =
            Rows::new("copy training.exercise (id, tenant_id, name, created_at) from stdin (format binary)");
        let ids = [
            &self.lifts[..],
            &self.accessories,
            &self.of_body_weight,
            &self.timed,
        ]
        .concat();
        let names = [&LIFTS[..], &ACCESSORIES, &OF_BODY_WEIGHT, &TIMED].concat();
        for (id, name) in ids.iter().zip(&names) {
            rows.push(&[id, &app.id, name, &app.as_of]);
        }
        rows
    }
}

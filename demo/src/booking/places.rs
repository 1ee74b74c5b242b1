//! The shops' names, and what they do.

use crate::{
    copy::Money,
    names::{self, Place},
};

use super::terms::Mode;

/// What a shop does, and how it is paid for.
#[derive(Debug)]
pub struct Trade {
    pub resource: &'static str,
    pub services: [Service; 4],
    pub mode: Mode,
    pub currency: &'static str,
}

/// An hour holds it with the time to tidy up after it.
#[derive(Debug, Clone, Copy)]
pub struct Service {
    pub name: &'static str,
    pub minutes: i32,
    pub buffer_minutes: i32,
    pub price: Money,
}

/// In the first of them it is about noon when the nightly jobs run, so slots are offered.
#[rustfmt::skip]
pub const PLACES: [(Place, &Trade); 14] = [
    (Place { name: "Kamiya Hair",        slug: "kamiya-hair",        city: &names::TOKYO },       &HAIR),
    (Place { name: "Salon Nord",         slug: "salon-nord",         city: &names::BERLIN },      &HAIR),
    (Place { name: "Thames Dental",      slug: "thames-dental",      city: &names::LONDON },      &DENTIST),
    (Place { name: "Pacific Massage",    slug: "pacific-massage",    city: &names::LOS_ANGELES }, &MASSAGE),
    (Place { name: "Spoke Workshop",     slug: "spoke-workshop",     city: &names::AUCKLAND },    &BICYCLES),
    (Place { name: "Barbearia Augusta",  slug: "barbearia-augusta",  city: &names::SAO_PAULO },   &HAIR),
    (Place { name: "Jacaranda Clinic",   slug: "jacaranda-clinic",   city: &names::NAIROBI },     &DENTIST),
    (Place { name: "Howrah Ayurveda",    slug: "howrah-ayurveda",    city: &names::KOLKATA },     &MASSAGE),
    (Place { name: "Hudson Barbers",     slug: "hudson-barbers",     city: &names::NEW_YORK },    &HAIR),
    (Place { name: "Zamalek Smiles",     slug: "zamalek-smiles",     city: &names::CAIRO },       &DENTIST),
    (Place { name: "Manly Cycles",       slug: "manly-cycles",       city: &names::SYDNEY },      &BICYCLES),
    (Place { name: "Waikiki Bodywork",   slug: "waikiki-bodywork",   city: &names::HONOLULU },    &MASSAGE),
    (Place { name: "Taller Coyote",      slug: "taller-coyote",      city: &names::MEXICO_CITY }, &BICYCLES),
    (Place { name: "Atoll Cuts",         slug: "atoll-cuts",         city: &names::KIRITIMATI },  &HAIR),
];

const fn service(name: &'static str, minutes: i32, buffer_minutes: i32, price: i32) -> Service {
    Service {
        name,
        minutes,
        buffer_minutes,
        price: Money(price * 100),
    }
}

const HAIR: Trade = Trade {
    resource: "chair",
    services: [
        service("Haircut", 45, 5, 48),
        service("Beard trim", 20, 5, 22),
        service("Cut & colour", 55, 5, 115),
        service("Blow-dry", 30, 0, 35),
    ],
    mode: Mode::Deposit,
    currency: "EUR",
};

const DENTIST: Trade = Trade {
    resource: "room",
    services: [
        service("Check-up", 30, 10, 0),
        service("Hygiene", 45, 15, 90),
        service("Filling", 45, 15, 140),
        service("", 30, 0, 60),
    ],
    mode: Mode::None,
    currency: "GBP",
};

const MASSAGE: Trade = Trade {
    resource: "person",
    services: [
        service("Back massage", 30, 15, 55),
        service("Full massage", 45, 15, 95),
        service("Foot reflexology", 40, 10, 60),
        service("Hot stones", 50, 10, 120),
    ],
    mode: Mode::FullPrepay,
    currency: "USD",
};

const BICYCLES: Trade = Trade {
    resource: "stand",
    services: [
        service("Inspection", 30, 0, 40),
        service("Brakes and gears", 45, 0, 75),
        service("Puncture", 20, 0, 18),
        service("Bike fitting", 60, 0, 160),
    ],
    mode: Mode::None,
    currency: "EUR",
};

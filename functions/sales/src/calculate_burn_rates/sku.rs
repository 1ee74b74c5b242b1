//! What is found out about a product.

mod rows;

use chrono::{DateTime, Utc};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde_json::{Value, json};
use shared::{
    calendar::local_date,
    job::{Decision, Diff, Reason},
};
use uuid::Uuid;

use super::{
    Counters, Settings,
    alert::{Alert, Family, Kind, Severity, Step},
    demand::{Confidence, Demand},
    figure::{fitting, stored, whole},
    history::{History, SERIES},
    reorder,
    season::{Season, Source},
    stock::{Inbound, Need, Recommendation, Stock},
};

pub use rows::{read, write};

/// The columns of the figures: precision and scale.
const BURN_RATE: (u32, u32) = (12, 4);
const DAYS_OF_SUPPLY: (u32, u32) = (14, 1);

/// A product with what it sold and what was found the last time.
pub struct Sku {
    pub id: Uuid,
    code: String,
    name: String,
    is_active: bool,
    category: Option<String>,
    supplier_id: Option<Uuid>,
    items_per_case: Option<i32>,
    created_at: DateTime<Utc>,
    found: Found,
    history: History,
    /// What is available where it is counted, with what is reserved still in it.
    inventory: Option<i64>,
    reserved: i64,
    inbound: Vec<Inbound>,
    open: Vec<Alert>,
    is_recommended: bool,
}

/// What people see of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Found {
    burn_rate: Option<Decimal>,
    reorder_point: Option<i32>,
    days_of_supply: Option<Decimal>,
}

/// What is to be written for a product.
pub struct Change {
    id: Uuid,
    /// None: it is not sold any more.
    figures: Option<Figures>,
    /// Each with its message, if it has one.
    steps: Vec<(Step, Option<String>)>,
    recommendation: Option<Recommendation>,
    /// Whether the recommendation of today that is there is to go.
    is_withdrawn: bool,
}

/// A row of `sales.sku_demand`, and the three figures of `sales.sku`.
struct Figures {
    found: Found,
    days_in_period: i32,
    days_with_demand: i32,
    total_units: i32,
    sample_units: i32,
    daily_mean: Option<Decimal>,
    daily_sd: Option<Decimal>,
    zero_day_percent: Option<Decimal>,
    cv: Option<Decimal>,
    pattern: &'static str,
    lead_days: i32,
    lead_sd_days: Decimal,
    weekday_index: Option<String>,
    month_factor: Decimal,
    month_source: Source,
    available: Option<i32>,
    inventory_position: Option<i32>,
    confidence: Confidence,
}

impl Sku {
    pub fn decide(&self, settings: &Settings) -> Result<Decision<Change, Counters>, Reason> {
        let mut change = Change {
            id: self.id,
            figures: None,
            steps: Vec::new(),
            recommendation: None,
            is_withdrawn: false,
        };
        let mut counted = Counters::default();
        if self.is_active {
            self.find_out(settings, &mut change)?;
            counted.insufficient_history = change.is_of(Confidence::Insufficient).into();
            counted.without_inventory = self.inventory.is_none().into();
            counted.recommendations = change.recommendation.is_some().into();
        } else {
            let families = self.open.iter().map(|alert| alert.kind.family());
            change.steps = families.map(|family| (Step::Resolve(family), None)).collect();
            counted.recommendations = self.is_recommended.into();
        }
        Ok(Decision {
            change: Some(change),
            counted,
        })
    }

    /// Works out the figures of a product, and what follows from them.
    fn find_out(&self, settings: &Settings, change: &mut Change) -> Result<(), Reason> {
        let today = settings.distributor.today;
        let setting = &settings.distributor.setting;
        let lead = settings.lead(self.supplier_id);
        let created_on = local_date(self.created_at, settings.distributor.zone);
        let demand = Demand::of(today, created_on, &self.history);
        let season = self.season(settings, &demand);
        let stock = self.stock()?;

        let need = match (demand.figures, season) {
            (None, _) => Need::Unknown,
            (Some(_), None) => Need::Nothing {
                is_whole_window: demand.series.len() == SERIES,
            },
            (Some(figures), Some(season)) => {
                let month_factor = season.of_month(today);
                let z = settings.z.to_f64().unwrap_or_default();
                Need::Known {
                    burn_rate: stored(figures.rate * month_factor, BURN_RATE, "burn rate")?,
                    reorder_point: reorder::reorder_point(today, &demand, &figures, &season, lead, z)?,
                }
            }
        };
        let days_of_supply = stock
            .as_ref()
            .and_then(|stock| need.days_of_supply(stock.available))
            .map(|days| fitting(days, DAYS_OF_SUPPLY, "days of supply"))
            .transpose()?;
        let found = Found {
            burn_rate: need.burn_rate(),
            reorder_point: need.reorder_point(),
            days_of_supply,
        };
        if let Some(stock) = &stock {
            let zone = settings.distributor.zone;
            let days_until = |instant| (local_date(instant, zone) - today).num_days();
            let default_units = setting.low_stock_default_units;
            let alert = stock.alert(need, default_units, days_of_supply, days_until);
            let steps = stock.steps(&self.open, alert, need, default_units).into_iter();
            let told = |step: Step| {
                let message = step.alert().map(|alert| alert.message(&self.code, &self.name));
                (step, message)
            };
            change.steps = steps.map(told).collect();
            let target_days = setting.target_days_of_supply;
            change.recommendation =
                stock.recommendation(need, today, lead, target_days, self.items_per_case)?;
        }
        change.is_withdrawn = self.is_recommended && change.recommendation.is_none();
        let figures = demand.figures;
        change.figures = Some(Figures {
            found,
            days_in_period: whole(demand.series.len() as i64, "history")?,
            days_with_demand: whole(demand.days_with_demand as i64, "history")?,
            total_units: whole(demand.total_units, "demand")?,
            sample_units: whole(demand.sample_units, "demand")?,
            daily_mean: figures
                .map(|of| stored(of.mean, (12, 4), "mean demand"))
                .transpose()?,
            daily_sd: figures
                .map(|of| stored(of.sd, (12, 4), "deviation of demand"))
                .transpose()?,
            zero_day_percent: figures
                .map(|of| stored(of.zero_day_percent, (4, 1), "share of days without demand"))
                .transpose()?,
            cv: figures
                .and_then(|of| of.cv)
                .map(|cv| stored(cv, (8, 2), "variation"))
                .transpose()?,
            pattern: figures.map_or("UNKNOWN", |of| of.pattern.as_str()),
            lead_days: lead.days,
            lead_sd_days: stored(lead.sd_days, (6, 2), "deviation of lead time")?,
            weekday_index: season.map(|season| weekday_index(&season)).transpose()?,
            month_factor: stored(
                season.map_or(1.0, |season| season.of_month(today)),
                (7, 4),
                "month factor",
            )?,
            month_source: season.map_or(Source::None, |season| season.source),
            available: stock.as_ref().map(|stock| stock.available),
            inventory_position: stock.as_ref().map(|stock| stock.inventory_position),
            confidence: demand.confidence,
        });
        Ok(())
    }

    /// When it sells; none of a product that nobody buys, or of which too little is known.
    fn season(&self, settings: &Settings, demand: &Demand) -> Option<Season> {
        let is_known = demand.figures.is_some() && demand.total_units > 0;
        let category = self
            .category
            .as_ref()
            .and_then(|name| settings.categories.get(name));
        is_known.then(|| {
            Season::of(
                settings.distributor.today,
                &settings.periods.months,
                local_date(self.created_at, settings.distributor.zone),
                demand,
                &self.history,
                category,
                &settings.distributor.setting.non_delivery_weekdays,
            )
        })
    }

    /// What is there of it; none where nobody keeps count.
    fn stock(&self) -> Result<Option<Stock>, Reason> {
        let Some(inventory) = self.inventory else {
            return Ok(None);
        };
        let available = (inventory - self.reserved).max(0);
        let on_order: i64 = self.inbound.iter().map(|inbound| i64::from(inbound.units)).sum();
        Ok(Some(Stock {
            available: whole(available, "stock")?,
            inventory_position: whole(available + on_order, "inventory position")?,
            inbound: self.inbound.clone(),
        }))
    }

    pub fn diff(&self, change: &Change) -> Diff {
        let mut open: Vec<(Family, Kind, Severity)> = self
            .open
            .iter()
            .map(|alert| (alert.kind.family(), alert.kind, alert.severity))
            .collect();
        let before = shown(self.found, &open);
        for (step, _) in &change.steps {
            open.retain(|(family, ..)| *family != step.family());
            open.extend(
                step.alert()
                    .map(|alert| (step.family(), alert.kind, alert.severity)),
            );
        }
        let found = change
            .figures
            .as_ref()
            .map_or(self.found, |figures| figures.found);
        Diff {
            before,
            after: shown(found, &open),
        }
    }
}

impl Change {
    fn is_of(&self, confidence: Confidence) -> bool {
        self.figures
            .as_ref()
            .is_some_and(|figures| figures.confidence == confidence)
    }
}

/// The indices as the statement takes them, Monday first.
fn weekday_index(season: &Season) -> Result<String, Reason> {
    let index = season.weekdays.iter().map(|index| {
        let index = stored(*index, (6, 3), "weekday index")?;
        Ok(index.to_string())
    });
    Ok(index.collect::<Result<Vec<_>, Reason>>()?.join(" "))
}

/// A product's figures and open alerts as a dry run shows them.
fn shown(found: Found, open: &[(Family, Kind, Severity)]) -> Value {
    let mut open = open.to_vec();
    open.sort_by_key(|(family, ..)| family.as_str());
    let alerts = open
        .iter()
        .map(|(_, kind, severity)| format!("{} {}", kind.as_str(), severity.as_str()));
    let alerts: Vec<String> = alerts.collect();
    json!({
        "burnRate": found.burn_rate.map(|rate| format!("{rate:.4}")),
        "reorderPoint": found.reorder_point,
        "daysOfSupply": found.days_of_supply.map(|days| format!("{days:.1}")),
        "alert": (!alerts.is_empty()).then(|| alerts.join(", ")),
    })
}

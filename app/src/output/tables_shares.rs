//! Tables of fair shares: what every coalition would pay, what each member should, and the core.

use super::number::number;
use super::tables::Table;
use crate::report::View;
use liankong_engine::cycle::Verb;
use liankong_engine::plan::share::{Sharing, names};

fn sharing<'a>(view: &View<'a>) -> Option<&'a Sharing> {
    view.turn.plans.as_ref()?.sharing.as_ref()
}

/// What every coalition would pay for its own targets.
pub fn coalitions(view: &View<'_>) -> Table {
    coalitions_of(sharing(view), view.case.settings.quality.id())
}

/// What each member should pay, by rule.
pub fn cost_shares(view: &View<'_>) -> Table {
    cost_shares_of("cost_shares.csv", sharing(view), view.case.settings.quality.id())
}

/// The game in one row.
pub fn core(view: &View<'_>) -> Table {
    core_of(sharing(view), view.case.settings.quality.id())
}

/// See [`coalitions`].
pub fn coalitions_of(sharing: Option<&Sharing>, quality: &str) -> Table {
    let columns = [
        "coalition",
        "size",
        "cost_cny_per_year",
        "bound_cny_per_year",
        "shortfall_cny_per_year",
        "saving_cny_per_year",
        "quality",
    ];
    let mut table = Table::new("coalitions.csv", Verb::Plan, &columns);
    for game in sharing.map(|s| &s.game) {
        for s in 1..game.cost.len() {
            let apart: f64 = (0..game.players.len()).filter(|i| s >> i & 1 == 1).map(|i| game.cost[1 << i]).sum();
            table.rows.push(vec![
                names(&game.players, s),
                s.count_ones().to_string(),
                number(game.cost[s]),
                number(game.bound[s]),
                number(game.shortfall[s]),
                number(apart - game.cost[s]),
                quality.into(),
            ]);
        }
    }
    table
}

/// See [`cost_shares`].
pub fn cost_shares_of(file: &'static str, sharing: Option<&Sharing>, quality: &str) -> Table {
    let columns = [
        "rule",
        "member",
        "alone_cny_per_year",
        "pays_cny_per_year",
        "spared_cny_per_year",
        "incurred_cny_per_year",
        "transfer_cny_per_year",
        "in_core",
        "quality",
    ];
    let mut table = Table::new(file, Verb::Plan, &columns);
    for Sharing { game, shares } in sharing {
        for a in &shares.allocations {
            for (i, player) in game.players.iter().enumerate() {
                let alone = game.cost[1 << i];
                table.rows.push(vec![
                    a.rule.into(),
                    player.clone(),
                    number(alone),
                    number(a.pays[i]),
                    number(alone - a.pays[i]),
                    number(game.incurred[i]),
                    number(a.transfers[i]),
                    a.in_core.to_string(),
                    quality.into(),
                ]);
            }
        }
    }
    table
}

/// See [`core`].
pub fn core_of(sharing: Option<&Sharing>, quality: &str) -> Table {
    let columns = [
        "members",
        "joint_cny_per_year",
        "separate_cny_per_year",
        "saving_cny_per_year",
        "shortfall_price_cny_per_year",
        "core",
        "epsilon_cny_per_year",
        "epsilon_bound_cny_per_year",
        "certificate",
        "greatest_gap",
        "quality",
    ];
    let mut table = Table::new("core.csv", Verb::Plan, &columns);
    for Sharing { game, shares } in sharing {
        let joint = game.cost[game.grand()];
        let held = |(s, weight): &(usize, f64)| format!("{}:{}", names(&game.players, *s), number(*weight));
        table.rows.push(vec![
            game.players.len().to_string(),
            number(joint),
            number(joint + game.saving()),
            number(game.saving()),
            number(game.shortfall_price),
            if shares.core.empty { "empty" } else { "not empty" }.into(),
            number(shares.core.epsilon),
            number(shares.core.epsilon_bound),
            shares.core.certificate.iter().map(held).collect::<Vec<_>>().join(";"),
            number(game.greatest_gap()),
            quality.into(),
        ]);
    }
    table
}

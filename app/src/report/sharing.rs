//! Section of the plan's chapter: what joint control saves, and how its cost could be shared.

use super::html::{Html, both, table, whole};
use super::reference::Rows;
use super::{Name, View, words};
use liankong_engine::plan::share::Sharing;

/// The rules in the order of the table, with their words.
const RULES: [(&str, (&str, &str)); 4] = [
    ("shapley", ("夏普利值", "Shapley")),
    ("nucleolus", ("核仁", "Nucleolus")),
    ("nash", ("纳什（均分节省）", "Nash (equal gain)")),
    ("prices", ("影子价格", "By prices")),
];

/// Saving, core and shares; empty where the plan has no game.
pub fn sharing(view: &View<'_>) -> String {
    let Some(sharing) = view.turn.plans.as_ref().and_then(|p| p.sharing.as_ref()) else { return String::new() };
    let files = ["core.csv", "cost_shares.csv", "coalitions.csv"];
    format!(
        "<h3>{}</h3><p>{}</p>{}<p class=\"note\">{}</p>",
        both(words::COST_SHARES),
        in_short(sharing).shown(),
        view.sourced(&files, &by_member(view, sharing)),
        both(words::COST_SHARES_NOTE)
    )
}

/// What is saved, and whether every group of members can be content.
pub fn in_short(sharing: &Sharing) -> Html {
    let (rows, core) = (Rows::of("core.csv"), &sharing.shares.core);
    let saving = rows.money("saving_cny_per_year", sharing.game.saving());
    let separate = rows.money("separate_cny_per_year", sharing.game.cost[sharing.game.grand()] + sharing.game.saving());
    let epsilon = rows.money("epsilon_cny_per_year", core.epsilon);
    let (zh, en) = if core.empty {
        (
            format!("核为空（已证明）：任何分摊都使某些成员组合每年至少多付 {}（最小核 ε）。", epsilon.zh),
            format!(
                "The core is empty, which is proved: under any shares some group pays at least {} a year more than on its own (least-core ε).",
                epsilon.en
            ),
        )
    } else {
        (
            format!("核非空：存在使任何成员组合都不比自行联合更贵的分摊（最小核 ε 为 {}）。", epsilon.zh),
            format!(
                "The core is not empty: there are shares under which no group of members pays more than on its own (least-core ε {}).",
                epsilon.en
            ),
        )
    };
    Html::new(
        format!("联合控制比各自控制（合计 {}，未达目标按短缺价格计）每年节省 {}。{zh}", separate.zh, saving.zh),
        format!(
            "Joint control saves {} a year against separate control ({} together, targets that stay missed at the \
             shortfall price). {en}",
            saving.en, separate.en
        ),
    )
}

fn by_member(view: &View<'_>, sharing: &Sharing) -> String {
    let game = &sharing.game;
    let known = |rule: &str| sharing.shares.allocations.iter().find(|a| a.rule == rule);
    let mut head = vec![both(words::MEMBER), both(words::ALONE_COST)];
    head.extend(RULES.iter().map(|(_, name)| both(*name)));
    head.push(both(words::TRANSFER));
    let rows: Vec<Vec<String>> = game
        .players
        .iter()
        .enumerate()
        .map(|(i, player)| {
            let of = |rule: &str| Rows::of("cost_shares.csv").with("rule", rule).with("member", player);
            let mut cells = vec![
                both(view.member(player)),
                whole(&of("shapley").money("alone_cny_per_year", game.cost[1 << i]).shown()),
            ];
            for (rule, _) in RULES {
                cells.push(
                    known(rule)
                        .map_or_else(|| "–".into(), |a| whole(&of(rule).money("pays_cny_per_year", a.pays[i]).shown())),
                );
            }
            cells.push(known("nucleolus").map_or_else(
                || "–".into(),
                |a| whole(&of("nucleolus").money("transfer_cny_per_year", a.transfers[i]).shown()),
            ));
            cells
        })
        .collect();
    let mut last = vec![both(words::IN_CORE), String::new()];
    for (rule, _) in RULES {
        let inside = known(rule).is_some_and(|a| a.in_core);
        last.push(both(if inside {
            Name::new("在核内", "in the core")
        } else {
            Name::new("不在核内", "outside")
        }));
    }
    last.push(String::new());
    table(&head, &rows.into_iter().chain([last]).collect::<Vec<_>>())
}

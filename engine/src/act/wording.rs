//! What an order says, in words that an inspector can check on the spot.
//!
//! Each sentence names what to look at (a meter, a log, a stack monitor, an earthwork site) and the share to reach. The
//! table is looked up by sector first, then by structure; whatever is not in it gets the plain sentence.

use crate::region::Medium;
use crate::region::source::Source;

/// A sentence for sources whose sector (or structure) contains one of the words; `{}` stands for the share, per cent.
struct Wording {
    words: &'static [&'static str],
    zh: &'static str,
    en: &'static str,
}

const AIR: &[Wording] = &[
    Wording {
        words: &["ship", "port", "vessel", "marine", "berth"],
        zh: "靠泊船舶改用岸电（以岸电电表读数为准），无法接岸电的推迟靠泊或离泊；排放减少 {}",
        en: "berthed ships run on shore power (shown by the berth's meter), those that cannot wait outside or leave; \
             emissions down by {}",
    },
    Wording {
        words: &["power", "electricity", "thermal"],
        zh: "机组降低负荷，由区外电力替代；烟囱在线监测的小时排放量减少 {}",
        en: "units reduce load and power from elsewhere takes its place; hourly emission at the stack monitor down by {}",
    },
    Wording {
        words: &["steel", "sinter", "iron", "coking"],
        zh: "烧结、炼焦工序限产，运行台数记入生产台账；烟囱在线监测的小时排放量减少 {}",
        en: "sintering and coking run fewer lines, entered in the production log; hourly emission at the stack monitor \
             down by {}",
    },
    Wording {
        words: &["cement", "brick", "glass", "kiln"],
        zh: "窑炉停产或限产，停窑时间记入生产台账；排放减少 {}",
        en: "kilns stop or run less, stop times entered in the production log; emissions down by {}",
    },
    Wording {
        words: &["boiler", "heating"],
        zh: "燃煤锅炉停用或改烧天然气（以燃料计量为准）；排放减少 {}",
        en: "coal boilers stop or burn gas (shown by the fuel meter); emissions down by {}",
    },
    Wording {
        words: &["petro", "chem", "refin", "solvent", "paint", "print", "coating", "voc"],
        zh: "停止开停车、检维修、装卸和露天喷涂作业，治理设施不得旁路；排放减少 {}",
        en: "no start-up, shutdown, maintenance, loading or open-air spraying, and no bypass of treatment; emissions down \
             by {}",
    },
    Wording {
        words: &["dust", "construction", "earthwork", "demolition"],
        zh: "停止土石方和拆除作业，裸土全部覆盖，出口车辆冲洗，道路增加洒水；扬尘减少 {}",
        en: "no earthworks or demolition, bare soil covered, trucks washed at the gate, roads sprayed more often; dust \
             down by {}",
    },
    Wording {
        words: &["mobile", "vehicle", "road", "traffic", "truck"],
        zh: "高排放货车和非道路机械停用，按通告限行（以卡口记录为准）；排放减少 {}",
        en: "high-emission trucks and off-road machines stay off, driving limits as announced (shown by road cameras); \
             emissions down by {}",
    },
    Wording {
        words: &["straw", "burning", "biomass"],
        zh: "禁止露天焚烧，逐日巡查并以卫星火点核对；排放减少 {}",
        en: "no open burning, patrolled daily and checked against satellite fire spots; emissions down by {}",
    },
    Wording {
        words: &["agri", "livestock", "fertil", "farm", "crop"],
        zh: "暂停撒施化肥和粪肥，粪污池加盖；排放减少 {}",
        en: "no spreading of fertiliser or manure, slurry tanks covered; emissions down by {}",
    },
    Wording {
        words: &["resid", "domestic", "household", "catering", "cook"],
        zh: "停用散煤，餐饮油烟净化设施全时运行；排放减少 {}",
        en: "no loose coal, kitchen exhaust cleaned at all hours of service; emissions down by {}",
    },
    Wording {
        words: &["industry", "manufactur"],
        zh: "按应急清单停产或限产，停用的生产线记入台账，用电量同步下降；排放减少 {}",
        en: "production lines stop as listed in the emergency plan, entered in the log and seen in the electricity use; \
             emissions down by {}",
    },
];

const WATER: &[Wording] = &[
    Wording {
        words: &["wwtp", "sewage", "household", "domestic", "resid", "municipal", "urban", "rural"],
        zh: "污水处理厂满负荷稳定运行，不得溢流和旁路（以在线监测为准）；排放量减少 {}",
        en: "treatment plants run at full effect without overflow or bypass (shown by the outfall monitor); load down by {}",
    },
    Wording {
        words: &["agri", "livestock", "aquacult", "farm", "crop", "paddy", "fertil"],
        zh: "暂停施肥和稻田、养殖尾水排放，关闭排水口；入河量减少 {}",
        en: "no fertilising and no release of paddy or pond water, drains shut; load to the river down by {}",
    },
    Wording {
        words: &["industr", "chem", "print", "dye", "textile", "paper", "steel", "electro", "pharma", "food"],
        zh: "限产并把废水存入事故池，排口流量和浓度在线监测；排放量减少 {}",
        en: "production slows and waste water is held in the emergency tank, flow and concentration monitored at the \
             outfall; load down by {}",
    },
];

const PLAIN: Wording = Wording { words: &[], zh: "排放减少 {}", en: "cut emissions by {}" };

/// The sentence of an order, zh and en.
pub fn action(source: &Source, cut: f64, must: bool) -> (String, String) {
    let table = if source.medium == Medium::Air { AIR } else { WATER };
    let of = |name: &str| {
        let name = name.to_lowercase();
        table.iter().find(|w| w.words.iter().any(|word| starts_a_word(&name, word)))
    };
    let wording = of(&source.sector).or_else(|| of(&source.structure)).unwrap_or(&PLAIN);
    let (zh, en) = if must { ("必须：", "must: ") } else { ("应当：", "should: ") };
    (
        format!("{zh}{}。", wording.zh.replace("{}", &format!("{}%", per_cent(cut)))),
        format!("{en}{}", wording.en.replace("{}", &format!("{} %", per_cent(cut)))),
    )
}

/// Whether a word of `name` starts with `stem`: "port" is in "port machinery" and not in "transport".
fn starts_a_word(name: &str, stem: &str) -> bool {
    name.split(|c: char| !c.is_alphanumeric()).any(|word| word.starts_with(stem))
}

/// 0.56 → `56`, 0.125 → `12.5`.
fn per_cent(cut: f64) -> String {
    let tenths = (cut * 1000.0).round() / 10.0;
    format!("{tenths}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::example::{add_source, case};

    fn said(medium: Medium, sector: &str, structure: &str, cut: f64) -> (String, String) {
        let mut case = case();
        let at = add_source(&mut case, "s", "A1", medium, sector, ("x", 1.0));
        case.sources[at].structure = structure.into();
        action(&case.sources[at], cut, true)
    }

    #[test]
    fn an_order_names_what_can_be_checked_and_the_share() {
        assert!(said(Medium::Air, "shipping", "transport", 0.56).1.contains("shore power"));
        assert!(said(Medium::Air, "dust", "land use", 1.0).0.contains("停止土石方"));
        assert!(said(Medium::Air, "power", "energy", 0.125).1.ends_with("by 12.5 %"));
        assert!(said(Medium::Water, "WWTP", "household", 0.3).0.contains("旁路"));
    }

    #[test]
    fn a_sector_without_words_of_its_own_takes_those_of_its_structure_or_the_plain_sentence() {
        assert!(said(Medium::Air, "foundry", "industry", 0.2).1.contains("production lines"));
        assert_eq!(said(Medium::Air, "foundry", "transport", 0.2).1, "must: cut emissions by 20 %");
        assert_eq!(said(Medium::Air, "foundry", "", 0.56).0, "必须：排放减少 56%。");
    }
}

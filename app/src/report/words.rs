//! Every sentence of the report, in both languages, in one table.

/// The same thing said in Chinese and in English.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words(pub &'static str, pub &'static str);

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident: $zh:literal, $en:literal;)*) => {
        $(#[doc = $en] pub const $name: Words = Words($zh, $en);)*
        /// All of them, for the tests.
        #[cfg(test)]
        const ALL: &[(&str, Words)] = &[$((stringify!($name), $name)),*];
    };
}

words! {
    PRODUCT: "联控 · 跨区域大气与水污染联防联控", "Liankong · joint prevention and control of air and water pollution";
    REPORT_KIND: "大气与水污染联防联控报告", "Joint control of air and water: assessment, plan, verification";
    JUDGED_EARLY: "。评价时段有一部分早于该版实施日，因未存更早的版本，仍按该版评价", ". Part of the period lies before its first day and is judged by it, since no earlier edition is kept";
    DOCUMENT_NUMBER: "文号", "Document no.";
    CONTENTS: "目录", "Contents";
    DATA_NOTES: "数据说明", "Notes on the data";
    QUALITY: "结果质量", "Quality";
    TRACE: "数字出处", "Where figures stand";
    TRACE_MEANS: "本报告的每个数字都对应结果文件夹中某个 CSV 表的行；表图之下注明文件名，网页中各数字的 data-ref 属性给出行与算式。", "Each figure of this report stands in rows of a CSV table in the folder of results. The file is named under each table and picture; on the page the attribute data-ref of a figure gives row and sum.";
    SOURCE: "数据来源：", "Source: ";
    SCREENING_SIGN: "筛查级", "Screening quality";
    BEHIND_MAP: "图中数值", "The figures of the map";
    BEHIND_CHART: "图中数值", "The figures of the chart";
    QUESTION: "问题", "Question";
    ANSWER: "结论", "Answer";
    ASK_AIR: "空气怎样", "How is the air?";
    ASK_WATER: "水怎样", "How is the water?";
    ASK_WHO: "谁影响谁", "Who pollutes whom?";
    ASK_PLAN: "最省的联合方案", "What is the cheapest joint plan?";
    ASK_ORDERS: "谁必须做什么", "Who must do what?";
    ASK_VERIFY: "上次行动是否有效", "Did the last campaign work?";
    ASK_TRUST: "能信到什么程度", "How far can it be trusted?";
    EFFECT_NET_OF_WEATHER: "活动的效果（扣除天气）", "effect of the campaign, net of weather";
    MEMBERS: "成员", "Members";
    AIR_PERIOD: "大气时段", "Air, period";
    WATER_PERIOD: "水时段", "Water, period";
    RULES: "所依标准", "Rules in force";
    INPUTS: "输入 SHA-256", "Inputs, SHA-256";
    MADE_BY: "程序版本", "Made by";
    NO_APPROVAL: "未填（对外发布前须送审）", "none given (needed before publication)";
    OFFICE: "编制单位", "Issuing office";
    PREPARED: "编制", "Prepared";
    CHECKED: "审核", "Checked";
    APPROVED: "批准", "Approved";
    SIGNED_ON: "日期", "Date";
    AIR: "大气", "Air";
    WATER: "水", "Water";
    SCREENING: "筛查级结果。", "Screening quality.";
    STANDARD: "标准级结果。", "Standard quality.";
    SCREENING_MEANS: "仅指示方向和量级，不宜单独作为决策依据。", "It shows directions and orders of magnitude, and is no ground for a decision on its own.";
    WHOLE_REGION: "全区域", "Whole region";
    OUTSIDE: "区域外", "Outside the region";
    JOINT: "联合", "Joint";
    LOCAL: "本地", "Local";
    OTHER_MEMBERS: "区域内其他成员", "Other members";
    MEMBER: "成员", "Member";
    RECEPTOR: "受体", "Receptor";
    POLLUTANT: "污染物", "Pollutant";

    AT_A_GLANCE: "要点", "At a glance";
    SITUATION: "大气和水环境质量现状", "What the air and water are like";
    MAP_PM25: "各成员 PM2.5 平均浓度", "Mean PM2.5 by member";
    NO_STATION: "本期无实测", "no readings in this period";
    MEAN_PM25: "PM2.5 均值，µg/m³", "Mean PM2.5, µg/m³";
    GOOD_DAYS: "优良天数比例", "Good or excellent days";
    HEAVY_DAYS: "重污染天次", "Heavily polluted station-days";
    STATION_DAYS: "站点·日", "Station-days";
    SCORED: "站点·日 n", "Station-days n";
    SECTION_MONTHS: "断面·月", "Section-months";
    CLASS_1_3: "水质 I–III 类比例", "Water of class I to III";
    WORSE_5: "劣 V 类比例", "Worse than class V";
    MISSED_TARGET: "未达类别目标（断面·月）", "Class target missed (section-months)";
    GOOD_COUNT: "优良（站点·日）", "Good or excellent (station-days)";
    HEAVY_SHARE: "重污染比例", "Heavily polluted";
    COUNT_1_3: "I–III 类（断面·月）", "Class I to III (section-months)";
    COUNT_WORSE_5: "劣 V 类（断面·月）", "Worse than V (section-months)";
    AIR_NOTE: "空气按站点·日计数，每站每日计一次。优良：指数不超过 100；重污染：指数大于 200。", "Air is counted by station-days, each once. Good or excellent: index of at most 100; heavily polluted: above 200.";
    WATER_NOTE: "水按断面·月计数，每断面每月计一次；断面多在河流的要害处，不代表辖区全部水体。", "Water is counted by section-months, each once; sections stand where rivers matter and are not a sample of all waters of a member.";
    SECTION: "断面", "Section";
    SECTIONS: "逐断面评价", "Section by section";
    USUAL_CLASS: "最常见类别", "Usual class";
    MONTHS_JUDGED: "有类别的月数", "Months with a class";
    MONTHS_MISSED: "未达目标的月数", "Months that missed the target";
    RIVER_CHIEF: "河长", "River chief";
    DAY: "日期", "Day";
    BEFORE: "对比时段", "Window before";
    CHANGE: "变化", "Change";
    WIND_FROM: "来向", "From the";
    PLACE: "地点", "Where";
    ORDERS_BY_MEMBER: "各成员的指令", "Orders by member";
    ORDERS_BY_RULE: "指令清单", "All orders, by rule";
    JOINT_COST: "联合方案年成本", "Joint plan, cost a year";
    JOINT_SHARE: "占比", "Share";
    ALONE_COST: "各自单独，年成本", "Alone, cost a year";
    ALONE_MET: "单独可达目标", "Targets met alone";
    SHARES_OF_COST: "联合成本按措施所在地列支，尚未在成员间分摊或补偿。", "The joint cost stands where the measures are taken; it is not yet shared out or compensated between members. ";
    MARKS: "输入各表的数据性质（行数）", "Standing of the rows of each input table";
    METHOD_NOTES: "方法与质量说明", "Method and quality";
    NOTE_SHARES: "份额：来源份额以区间给出，区间来自同一足迹的几种读法；中心值不单独引用。已发表的份额只作参照。", "Shares: shares of origin are ranges over several readings of the same footprints; the central reading is not to be quoted alone, and published shares are a yardstick.";
    NOTE_FORECAST: "模型：日尺度模型使用当日实测的风，不是预报；其误差与不用模型的基准并列给出。", "Models: the daily models use the wind measured on the day and are no forecasts; their errors stand beside baselines that need no model.";
    NOTE_ROUNDING: "数字：本报告的数字按其可信程度取舍位数，表中为未取舍的数值；“–”为无值或零，不足百分之一的份额写作小于 1 %。", "Figures: they are rounded here to what they are worth and stand unrounded in the tables; – is no value or nothing; a share of less than one per cent is only said to be so.";
    RIVER_MAP: "河网与断面水质类别", "Rivers and the class of each section";
    RIVER_MAP_NOTE: "颜色为评价期内出现最多的类别（并列取较差者）；线宽随平均流量。河网为示意。", "Colour: the class met most often in the period (of two equally common, the worse). Line width follows mean flow. The network is schematic.";
    NO_CLASS: "未评价", "not judged";

    ORIGINS: "跨界影响：谁影响谁", "Who pollutes whom";
    FOOTPRINT_MAP: "足迹：一次颗粒物从何处到达", "Footprint: where primary particles come from, seen from";
    FOOTPRINT_NOTE: "各格占足迹总和的份额；不足 0.03 % 的格不着色。足迹只看风和沉降，未乘排放量。", "Share of the footprint's sum in each cell; cells under 0.03 % are not coloured. A footprint knows wind and removal, not yet emissions.";
    MATRIX: "成员间传输矩阵", "From member to member";
    MATRIX_NOTE: "行为排放方，列为受体所在成员（括号内为站点或断面数）。格内：占模拟值的份额，及浓度贡献。各列是该成员名下站点或断面的均值，断面多在省界，不代表全境。", "Rows emit, columns receive (in brackets: stations or sections). Each cell: share of the modelled mean, and the contribution. A column is the mean over that member's stations or sections; many sections lie on borders and do not stand for the whole territory.";
    FACTOR_TWO: "单格和单对城市的数值为筛查级估计，不确定度约为 2 倍（乘以 2 或除以 2）。", "A single cell or pair of cities is a screening estimate: take it times or divided by 2.";
    FROM_TO: "排放方 → 受体", "from → to";
    SHARES: "来源份额及其区间", "Shares by origin, with their range";
    SHARES_NOTE: "点为中心方案，横线为各种读法的范围，浅色带（或竖线）为已发表范围。右侧：本模型范围 / 已发表范围，及中心方案落在其内、仅范围相交或在其外。", "Dot: central reading. Line: range over the readings. Pale band (or bar): published range. At the right: our range / the published one, and whether the central reading lies inside, only the ranges meet, or it lies outside.";
    SHARES_SEASONS: "已发表的份额多属其他季节和年份，只作参照。", "Most published shares belong to other seasons and years; they are a yardstick, not a test of these weeks.";
    INSIDE: "在内", "inside";
    OVERLAPS: "相交", "ranges meet";
    NOT_INSIDE: "在外", "outside";
    FAR: "区域外", "Outside";
    PUBLISHED: "已发表份额的出处", "Where the published shares come from";
    STANDING: "对照结果", "Verdict";
    CLOSURE: "收支闭合：实测均值由何构成", "Closure: what makes up the measured mean";
    MEASURED: "实测", "Measured";
    FROM_REGION: "区域内排放", "From the region";
    FROM_OUTSIDE: "区域外输入", "From outside";
    UNEXPLAINED: "未解释", "Unexplained";
    CLOSURE_NOTE: "各成员有实测的站点的均值。未解释为负，即模型多于实测。", "Means over the stations with readings. Where the unexplained part is negative the model brings more than is measured.";
    CLOSURE_ALL: "逐站、逐断面的收支", "The same for every station and section";
    READINGS: "有效数据", "Readings";

    SKILL: "模型与实测对照", "Models against measurements";
    SKILL_NOTE: "所有模型在相同的站点·日上比较。足迹模型用当日实测的风，平流模型还用前一日的实测浓度；二者都不是预报。", "All models are scored on the same station-days. The footprint model is driven by the wind measured on the day itself, the advected model also by yesterday's measured field; neither is a forecast.";
    SKILL_FITTED: "系数在另一个季节拟合，没有用本期的日子", "coefficients fitted on another season, none on these days";
    SKILL_INVENTED: "系数为虚构", "coefficients are invented";
    SKILL_SOURCES: "系数的出处", "Where the coefficients come from";
    DAILY: "PM2.5 日均值，µg/m³：实测与模型", "Daily PM2.5, µg/m³: measured and modelled";
    MODEL: "模型", "Model";
    CORRELATION: "相关系数 r", "Correlation r";
    CORRELATION_TIME: "逐站 r（中位数）", "r by station (median)";
    BIAS: "偏差，µg/m³", "Bias, µg/m³";
    RMSE: "均方根误差，µg/m³", "RMSE, µg/m³";
    BASIS: "系数来源", "Coefficients from";
    CLIMATOLOGY: "气候均值", "Climatology";
    PERSISTENCE: "持续性", "Persistence";
    DAMPED: "阻尼持续性", "Damped persistence";
    FOOTPRINT: "足迹模型", "Footprint";
    ADVECTED: "平流模型", "Advected";

    PLAN: "最低成本联合方案", "The cheapest joint plan";
    TARGETS: "目标：方案前后", "Targets, before and after";
    NOW: "现状", "Now";
    WITH_PLAN: "方案后", "With the plan";
    LIMIT: "限值", "Limit";
    FLOOR: "可达下限", "Lowest reachable";
    PRICE: "限值放宽 0.1 % 每年可省（边际）", "Saved a year by 0.1 % more limit (marginal)";
    TARGETS_NOTE: "可达下限：全部措施用足时的浓度；“≤ 0”表示模型给出的可减量超过现状，不可当真。未达到的目标放宽一点并不省钱，故为 0。", "Lowest reachable: with every measure in full; ≤ 0 means that the model takes away more than there is, and is not to be believed. A little more limit saves nothing at a target that stays missed, hence 0.";
    MET: "达到", "met";
    NOT_MET: "未达到", "not met";
    MODELLED: "模拟值", "modelled";
    COST_BY_MEMBER: "各成员年成本：联合与各自单独", "Yearly cost by member: joint, and each alone";
    ALONE: "各自单独", "Alone";
    CANNOT_ALONE: "单独无法达标", "cannot reach its targets alone";
    ALONE_NOTE: "单独：只用自己的措施，只顾自己名下的目标。", "Alone: own measures against own targets only.";
    ALONE_SHORT: "无法达标的，给出最接近的方案：达标少，花费不可与联合成本直接相比。", " Where these cannot be reached the nearest plan is shown; it reaches less, and its cost is not to be set against the joint cost as it stands.";
    STRUCTURE: "结构", "Structure";
    TOP_MEASURES: "主要措施", "Main measures";
    MEASURE: "措施", "Measure";
    WHERE: "实施处数", "Sources";
    YEARLY_COST: "年成本", "Cost a year";
    TAKES_AWAY: "年减排量，吨", "Takes away, t a year";
    NOT_KNOWN_TO_PLAN: "方案未考虑", "What the plan does not know";
    NO_TARGETS: "没有目标", "no targets";

    ORDERS: "应急指令", "Orders";
    MUST: "必须", "Must";
    SHOULD: "应当", "Should";
    WINDOW: "首末小时", "First and last hour";
    EXPECTED: "预期效果，µg/m³", "Expected effect, µg/m³";
    ORDERS_NOTE: "负值为更清洁；均为事件期间的平均，筛查级，按乘除 2 倍理解。减排强度为各污染物之和。", "Negative is cleaner; means over the days of the event, of screening quality: take them times or divided by 2. The rate stopped is the sum over all pollutants.";
    RULES_STAND_ON: "这些指令所依规则的性质", "What the rules behind these orders stand on";
    TOP_ORDERS: "效果最大的指令", "Orders with the greatest effect";
    WHO: "单位", "Who";
    ACTION: "措施", "What";
    CUT: "减排比例", "Cut";
    STOPPED: "减排强度，吨每日", "Stopped, t a day";

    VERIFY: "行动效果考核（扣除天气影响）", "Did it work, or was it the weather?";
    METHOD: "方法", "Method";
    EFFECT: "估计", "Estimate";
    PLACEBO_CITIES: "安慰剂区间（其他城市）", "Placebo, other cities";
    PLACEBO_TIME: "安慰剂区间（其他时段）", "Placebo, other times";
    RANK: "名次", "Rank";
    RANK_NOTE: "名次：1 为降幅最大；斜线后为参加比较的城市数或时段数。区间为 90 %。估计值落在安慰剂区间内，即与偶然无异，不应引用其百分比。", "Rank: 1 is the strongest reduction, after the stroke the number of cities or windows compared. Intervals hold 90 %. An estimate within its placebo intervals is what chance gives, and its percentage is not to be quoted.";
    DETECTION: "检测限", "Detection limit";
    DETECTED: "可检出", "detected";
    NOT_DETECTABLE: "不可检出", "not detectable";
    ESTIMATES: "估计值与安慰剂区间（90 %）", "Estimates and 90 % placebo intervals";
    NAIVE: "简单的前后对比随所选时段而变", "The naive before-and-after swings with the window chosen";
    NAIVE_NOTE: "每一柱为活动期均值相对所选时段均值的变化；横轴为该时段（“与后”：之前之后两段合在一起）。它混有天气，不是效果。", "Each bar: mean during the campaign against the window on the axis (and after: one window on each side). It holds the weather and is no effect.";

    BOOKS: "收支账目核对", "Do the books balance?";
    QUANTITY: "检查项", "Check";
    RESULT: "结果", "Result";
    ALLOWED: "应不超过", "Allowed";
    HOLDS: "平衡", "balances";
    FAILS: "不平衡", "does not balance";
    AIR_BALANCE: "大气：贡献账与独立正向模拟（全部站点·日的均值）", "Air: ledger against an independent forward run (mean over all station-days)";
    RIVER_FORWARD: "河网：足迹×负荷与正向模拟的最大相对差", "River: footprint × loads against the forward run, greatest relative difference";
    RIVER_MASS: "河网：排放＝流出＋衰减的相对误差", "River: emitted = left + lost, relative error";
    IN_STANDARD_ERRORS: "个标准误", "standard errors";

    TABLE: "表", "Table";
    ROWS: "行数", "Rows";
    FLAGGED: "实测数据标记", "Flags on the measurements";
    FLAG: "标记", "Flag";
    MEASURED_MARK: "实测", "Measured";
    COMPILED: "汇编", "Compiled";
    ALLOCATED: "分配", "Allocated";
    ASSUMED: "假定", "Assumed";
    MEMORY: "凭记忆", "From memory";
    SYNTHETIC: "合成", "Synthetic";
    FITTED: "拟合", "Fitted";
    VERIFIED: "已核实", "Verified";
    SECONDARY: "二手资料", "Secondary";
    UNMARKED: "未标注", "Not marked";

    NOTE_ASSESS: "评价：按当日有效的标准评价。", "Assessment: by the standard in force on the day.";
    NOTE_TRANSPORT: "传输：大气用向后拉格朗日粒子，河网用平流、衰减方程的伴随解；化学为线性反应链。", "Transport: backward particles in the air, the adjoint of advection and decay in the rivers; chemistry is a linear chain.";
    NOTE_LEDGER: "溯源：贡献账由足迹与排放相乘，不按实测缩放；与实测之差列为“未解释”。", "Attribution: the ledger is footprint times emission, not scaled to the measurements; what is left stands as unexplained.";
    NOTE_PLAN: "方案：在全部目标约束下求年成本最低，大气与水同时优化；附成本下界。", "Plan: least yearly cost under all targets, air and water in one problem, with a lower bound of the cost.";
    NOTE_VERIFY: "考核：以其他城市和其他时段的安慰剂检验度量偶然性；不可检出时如实说明。", "Verification: placebos in other cities and at other times measure chance; where nothing can be seen, that is the finding.";
    NOTE_SAME: "同一程序、同一案例，结果逐字节相同，与线程数无关。", "The same program and case give the same bytes at any number of threads.";
    INPUT_HASHES: "输入文件（SHA-256）", "Input files (SHA-256)";
    MAP_APPROVAL: "审图号", "Map approval";
    MAP_NOTE: "地图仅示成员范围、海岸与河流。", "Maps show members, coast and rivers only.";
    SEED: "随机种子", "seed";
}

/// The words for a daily model's id; the id itself where it is new.
pub fn model(id: &str) -> super::Name {
    match id {
        "climatology" => CLIMATOLOGY.into(),
        "persistence" => PERSISTENCE.into(),
        "damped_persistence" => DAMPED.into(),
        "footprint" => FOOTPRINT.into(),
        "advected" => ADVECTED.into(),
        other => super::Name::same(&other.replace('_', " ")),
    }
}

/// The words for a method of verification.
pub fn method(id: &str) -> super::Name {
    match id {
        "difference_in_differences" => super::Name::new("双重差分", "Difference in differences"),
        "ridge_controls" => super::Name::new("岭回归对照", "Ridge on control cities"),
        "ridge_far_controls" => super::Name::new("岭回归，远处对照", "Ridge on far control cities"),
        other => super::Name::same(&other.replace('_', " ")),
    }
}

/// The words for one of the eight winds.
pub fn wind(id: &str) -> super::Name {
    let (zh, en) = match id {
        "N" => ("北", "north"),
        "NE" => ("东北", "north-east"),
        "E" => ("东", "east"),
        "SE" => ("东南", "south-east"),
        "S" => ("南", "south"),
        "SW" => ("西南", "south-west"),
        "W" => ("西", "west"),
        "NW" => ("西北", "north-west"),
        other => (other, other),
    };
    super::Name::new(zh, en)
}

/// The words for a structure.
pub fn structure(id: &str) -> super::Name {
    let zh = match id {
        "energy" => "能源结构",
        "industry" => "产业结构",
        "transport" => "运输结构",
        "land use" | "land_use" => "用地结构",
        "household" => "生活",
        "agriculture" => "农业",
        "capacity" => "环境容量",
        "background" => "背景",
        "deposition" => "沉降",
        "inflow" => "上游来水",
        other => other,
    };
    super::Name::new(zh, id.replace('_', " "))
}

/// Where a daily model's coefficients come from, in words; what is not known here is shown as it stands.
pub fn basis(model: &str, basis: &str) -> super::Name {
    match (model, basis) {
        ("persistence", "") => super::Name::new("无系数：前一日实测", "none: yesterday's reading"),
        ("climatology", "climatology.csv") => {
            super::Name::new("较早季节的均值 climatology.csv", "mean of an earlier season, climatology.csv")
        }
        ("damped_persistence", "climatology.csv") => {
            super::Name::new("同上及其隔日自相关", "the same, with its lag-1 autocorrelation")
        }
        (_, "air_model.csv") => super::Name::new("另一季节拟合 air_model.csv", "another season's fit, air_model.csv"),
        (_, other) => super::Name::same(other),
    }
}

/// A season or month with its year, as the tables of published shares write it.
pub fn season(text: &str) -> super::Name {
    const ZH: [(&str, &str); 16] = [
        ("spring", "春"),
        ("summer", "夏"),
        ("autumn", "秋"),
        ("winter", "冬"),
        ("january", " 1 月"),
        ("february", " 2 月"),
        ("march", " 3 月"),
        ("april", " 4 月"),
        ("may", " 5 月"),
        ("june", " 6 月"),
        ("july", " 7 月"),
        ("august", " 8 月"),
        ("september", " 9 月"),
        ("october", " 10 月"),
        ("november", " 11 月"),
        ("december", " 12 月"),
    ];
    let (first, rest) = text.split_once([' ', ',']).unwrap_or((text, ""));
    let rest = rest.trim();
    let Some((_, zh)) = ZH.iter().find(|(en, _)| en.eq_ignore_ascii_case(first)) else {
        return super::Name::same(text);
    };
    match rest {
        "" => super::Name::new(zh.trim(), text),
        "invented" => super::Name::new(format!("{zh}（虚构）"), text),
        year => super::Name::new(format!("{year} 年{zh}"), text),
    }
}

/// The words for an emitted species where its id is not what a reader knows.
pub fn species(id: &str) -> super::Name {
    match id {
        "PPM2.5" => super::Name::new("一次 PM2.5", "primary PM2.5"),
        "PPM10" => super::Name::new("一次 PM10", "primary PM10"),
        other => super::Name::same(other),
    }
}

/// The words for the standing of a figure.
pub fn mark(id: &str) -> super::Name {
    match id {
        "measured" => MEASURED_MARK.into(),
        "compiled" => COMPILED.into(),
        "allocated" => ALLOCATED.into(),
        "assumed" => ASSUMED.into(),
        "from memory" => MEMORY.into(),
        "synthetic" => SYNTHETIC.into(),
        "fitted" => FITTED.into(),
        "verified" => VERIFIED.into(),
        "secondary" => SECONDARY.into(),
        "" => UNMARKED.into(),
        other => super::Name::same(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_season_is_said_in_chinese_and_an_unknown_one_as_it_stands() {
        for (en, zh) in [("winter 2018", "2018 年冬"), ("January 2016", "2016 年 1 月"), ("all year", "all year")] {
            assert_eq!(season(en), super::super::Name::new(zh, en));
        }
    }

    #[test]
    fn every_sentence_stands_in_both_languages_and_carries_no_markup() {
        for (name, Words(zh, en)) in ALL {
            assert!(!zh.is_empty() && !en.is_empty(), "{name}");
            assert!(!format!("{zh}{en}").contains(['<', '>', '&']), "{name}");
            assert!(en.is_ascii() || !en.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{name}: {en}");
        }
    }
}

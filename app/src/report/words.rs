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
    SITUATION: "现状", "What the air and water are like";
    MAP_PM25: "各成员 PM2.5 平均浓度", "Mean PM2.5 by member";
    NO_STATION: "无站点数据", "no station";
    MEAN_PM25: "PM2.5 均值，µg/m³", "Mean PM2.5, µg/m³";
    GOOD_DAYS: "优良天数比例", "Good or excellent days";
    HEAVY_DAYS: "重污染天次", "Heavily polluted station-days";
    STATION_DAYS: "站点·日", "Station-days";
    SECTION_MONTHS: "断面·月", "Section-months";
    CLASS_1_3: "I–III 类比例", "Class I to III";
    WORSE_5: "劣 V 类比例", "Worse than class V";
    MISSED_TARGET: "未达目标（断面·月）", "Target missed (section-months)";
    RIVER_MAP: "河网与断面水质类别", "Rivers and the class of each section";
    RIVER_MAP_NOTE: "颜色为评价期内出现最多的类别（并列取较差者）；线宽随平均流量。河网为示意。", "Colour: the class met most often in the period (of two equally common, the worse). Line width follows mean flow. The network is schematic.";
    NO_CLASS: "未评价", "not judged";

    ORIGINS: "谁影响谁", "Who pollutes whom";
    FOOTPRINT_MAP: "足迹：一次颗粒物从何处到达", "Footprint: where primary particles come from, seen from";
    FOOTPRINT_NOTE: "各格占足迹总和的份额。", "Share of the footprint's sum in each cell.";
    MATRIX: "成员间传输矩阵", "From member to member";
    MATRIX_NOTE: "行：排放方；列：受体所在成员。格内为占该处模拟值的份额及浓度贡献。", "Rows emit, columns receive. Each cell: share of the modelled mean there, and the contribution.";
    FROM_TO: "排放方 → 受体", "from → to";
    SHARES: "来源份额及其区间", "Shares by origin, with their range";
    SHARES_NOTE: "点为中心方案，横线为各模型方案的范围，浅色带为已发表范围。", "Dot: central variant. Line: range over model variants. Pale band: published range.";
    INSIDE: "落在已发表范围内", "inside the published band";
    OVERLAPS: "仅区间相交", "only our range meets it";
    NOT_INSIDE: "落在已发表范围外", "outside the published band";
    PUBLISHED: "已发表，%", "Published, %";
    STANDING: "对照结果", "Verdict";
    CLOSURE: "收支闭合：实测均值由何构成", "Closure: what makes up the measured mean";
    MEASURED: "实测", "Measured";
    FROM_REGION: "区域内排放", "From the region";
    FROM_OUTSIDE: "区域外输入", "From outside";
    UNEXPLAINED: "未解释", "Unexplained";
    READINGS: "有效数据", "Readings";

    SKILL: "模型与实测", "Models against measurements";
    SKILL_NOTE: "与朴素预报并列：模型若不优于持续性预报，即如实列出。", "Beside naive forecasts: where a model does not beat persistence, it shows.";
    DAILY: "PM2.5 日均值，µg/m³：实测与模型", "Daily PM2.5, µg/m³: measured and modelled";
    MODEL: "模型", "Model";
    CORRELATION: "相关系数", "Correlation";
    CORRELATION_TIME: "逐站相关（中位数）", "In time (median station)";
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
    PRICE: "影子价格（元/年·单位）", "Price (CNY a year per unit)";
    MET: "达到", "met";
    NOT_MET: "未达到", "not met";
    MODELLED: "模拟值", "modelled";
    COST_BY_MEMBER: "各成员年成本：联合与各自单独", "Yearly cost by member: joint, and each alone";
    ALONE: "各自单独", "Alone";
    CANNOT_ALONE: "单独无法达标", "cannot reach its targets alone";
    TOP_MEASURES: "主要措施", "Main measures";
    MEASURE: "措施", "Measure";
    WHERE: "实施处数", "Sources";
    YEARLY_COST: "年成本", "Cost a year";
    TAKES_AWAY: "年减排量，吨", "Takes away, t a year";
    NOT_KNOWN_TO_PLAN: "方案未考虑", "What the plan does not know";
    OPTIMAL: "最优", "optimal";
    INFEASIBLE: "无法全部达标，给出最接近的方案", "not every target can be met; the nearest plan is shown";
    NO_TARGETS: "没有目标", "no targets";

    ORDERS: "应急指令", "Orders";
    MUST: "必须", "Must";
    SHOULD: "应当", "Should";
    WINDOW: "时段", "Window";
    EXPECTED: "预期效果，µg/m³", "Expected effect, µg/m³";
    TOP_ORDERS: "效果最大的指令", "Orders with the greatest effect";
    WHO: "单位", "Who";
    ACTION: "措施", "What";
    CUT: "减排比例", "Cut";
    STOPPED: "减排强度，吨/日", "Stopped, t a day";
    OBLIGATION: "约束", "Bound";

    VERIFY: "有效吗？扣除天气之后", "Did it work, or was it the weather?";
    METHOD: "方法", "Method";
    EFFECT: "效果", "Effect";
    PLACEBO_CITIES: "安慰剂区间（其他城市）", "Placebo, other cities";
    PLACEBO_TIME: "安慰剂区间（其他时段）", "Placebo, other times";
    RANK: "名次", "Rank";
    DETECTION: "可检出下限", "Smallest visible cut";
    DETECTED: "可检出", "detected";
    NOT_DETECTABLE: "不可检出", "not detectable";
    ESTIMATES: "估计值与安慰剂区间（90 %）", "Estimates and 90 % placebo intervals";
    NAIVE: "天真的前后对比随所选窗口而变", "The naive before-and-after swings with the window chosen";
    NAIVE_NOTE: "每一柱为活动期均值相对此前某一窗口均值的变化；横轴为该窗口起始日。", "Each bar: mean during the campaign against one window before it; the axis gives the first day of that window.";

    BOOKS: "账目平衡", "Do the books balance?";
    QUANTITY: "检查项", "Check";
    RESULT: "结果", "Result";
    AIR_BALANCE: "大气：贡献账与独立正向模拟之差", "Air: ledger against an independent forward run";
    RIVER_FORWARD: "河网：足迹×负荷与正向模拟的最大相对差", "River: footprint × loads against the forward run, greatest relative difference";
    RIVER_MASS: "河网：排放＝流出＋衰减的相对误差", "River: emitted = left + lost, relative error";
    IN_STANDARD_ERRORS: "个标准误", "standard errors";

    DATA: "数据从何而来", "Where the figures come from";
    TABLE: "表", "Table";
    ROWS: "行数", "Rows";
    FLAGGED: "实测数据标记", "Flags on the measurements";
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

    NOTES: "方法说明", "How this was made";
    NOTE_ASSESS: "评价：按当日有效的标准评价。", "Assessment: by the standard in force on the day.";
    NOTE_TRANSPORT: "传输：大气用向后拉格朗日粒子，河网用平流、衰减方程的伴随解；化学为线性反应链。", "Transport: backward particles in the air, the adjoint of advection and decay in the rivers; chemistry is a linear chain.";
    NOTE_LEDGER: "溯源：贡献账由足迹与排放相乘，不按实测缩放；与实测之差列为“未解释”。", "Attribution: the ledger is footprint times emission, not scaled to the measurements; what is left stands as unexplained.";
    NOTE_PLAN: "方案：在全部目标约束下求年成本最低，大气与水同时优化；附成本下界。", "Plan: least yearly cost under all targets, air and water in one problem, with a lower bound of the cost.";
    NOTE_VERIFY: "考核：以其他城市和其他时段的安慰剂检验度量偶然性；不可检出时如实说明。", "Verification: placebos in other cities and at other times measure chance; where nothing can be seen, that is the finding.";
    NOTE_SAME: "同一程序、同一案例，结果逐字节相同，与线程数无关。", "The same program and case give the same bytes at any number of threads.";
    INPUT_HASHES: "输入文件（SHA-256）", "Input files (SHA-256)";
    MAP_APPROVAL: "审图号", "Map approval";
    MAP_NOTE: "地图仅示成员范围、海岸与河流。", "Maps show members, coast and rivers only.";
    QUALITY: "质量", "Quality";
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
        other => super::Name::same(&other.replace('_', " ")),
    }
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
        other => other,
    };
    super::Name::new(zh, id.replace('_', " "))
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
    fn every_sentence_stands_in_both_languages_and_carries_no_markup() {
        for (name, Words(zh, en)) in ALL {
            assert!(!zh.is_empty() && !en.is_empty(), "{name}");
            assert!(!format!("{zh}{en}").contains(['<', '>', '&']), "{name}");
            assert!(en.is_ascii() || !en.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{name}: {en}");
        }
    }
}

//! What each figure means: the only place. Shown beside the figures and in every exported sheet.

/// A figure's definition (指标口径).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Definition {
    /// Code, as the interface names the figure.
    pub code: &'static str,
    /// Name.
    pub name: &'static str,
    /// How it is counted.
    pub meaning: &'static str,
    /// Table and column it is counted from.
    pub source: &'static str,
}

const fn figure(
    code: &'static str,
    name: &'static str,
    meaning: &'static str,
    source: &'static str,
) -> Definition {
    Definition {
        code,
        name,
        meaning,
        source,
    }
}

/// All figures, in the order they are shown.
pub const DEFINITIONS: &[Definition] = &[
    figure(
        "accepted",
        "受理",
        "首次受理时间在统计期间内的业务件数。补正后再次提交不重复计数。",
        "registration_case.accepted_at",
    ),
    figure(
        "recorded",
        "登簿",
        "登簿时间在统计期间内的业务件数。登记事项自记载于登记簿时完成登记（不动产登记暂行条例第二十一条）。",
        "registration_case.recorded_at",
    ),
    figure(
        "delivered",
        "发证",
        "在统计期间内发出证书或证明的业务件数。",
        "case_event（发证）",
    ),
    figure(
        "refused",
        "不予登记",
        "在统计期间内作出不予登记决定的业务件数（条例第二十二条）。",
        "registration_case.state、closed_at",
    ),
    figure(
        "not_accepted",
        "不予受理",
        "在统计期间内不予受理的业务件数（条例第十七条）。不计入受理。",
        "registration_case.state、closed_at",
    ),
    figure(
        "withdrawn",
        "撤回",
        "在统计期间内由申请人撤回的业务件数（条例第十五条），含受理前撤回的草稿。",
        "registration_case.state、closed_at",
    ),
    figure(
        "days_median",
        "用时中位数（工作日）",
        "统计期间内登簿的业务件，从首次受理到登簿所用工作日，从少到多排列居中的一件；受理当日不计（民法典第二百零一条）。补正（等待申请人）和公告期间不计。",
        "registration_case.accepted_at、recorded_at；case_event；calendar_day",
    ),
    figure(
        "days_p90",
        "用时九成位（工作日）",
        "同上，九成的业务件不超过的工作日数。",
        "同上",
    ),
    figure(
        "hours_median",
        "用时中位数（小时）",
        "统计期间内登簿的业务件，从首次受理到登簿的钟点时间（含夜间和节假日），扣除补正和公告期间，从短到长排列居中的一件。即时办结业务看这一项。",
        "registration_case.accepted_at、recorded_at；case_event",
    ),
    figure(
        "hours_p90",
        "用时九成位（小时）",
        "同上，九成的业务件不超过的小时数。",
        "同上",
    ),
    figure(
        "on_time_rate",
        "按期率",
        "统计期间内登簿的业务件中，登簿日不晚于承诺时限到期日的占比。补正后时限重新计算（条例第十七条），公告期间顺延。",
        "registration_case.due_on、recorded_at；case_event",
    ),
    figure(
        "corrected",
        "补正件",
        "统计期间内登簿的业务件中，办理过程中要求过申请人补正的件数。",
        "case_event（补正）",
    ),
    figure(
        "automatic_share",
        "自动审核占比",
        "统计期间内登簿的业务件中，由系统自动审核登簿（秒批）的占比。",
        "case_event（自动审核登簿）",
    ),
    figure(
        "online_share",
        "网上占比",
        "统计期间内受理的业务件中，从互联网、银行或部门接口提交的占比；其余为窗口收件和法院嘱托。",
        "registration_case.source",
    ),
    figure(
        "backlog",
        "在办积压",
        "统计时刻已受理、尚未办结的业务件，按所在环节和受理至今的工作日数分档。草稿不计。",
        "registration_case.step、accepted_at、closed_at",
    ),
    figure(
        "lights",
        "红黄灯",
        "统计时刻已受理、尚未登簿的业务件：剩余不超过 1 个工作日或承诺时限的五分之一为黄灯，今日到期为红灯，已过到期日为超期；补正、公告期间计时暂停。",
        "registration_case.due_on；authority.settings（承诺时限）；calendar_day",
    ),
    figure(
        "staff",
        "人员工作量",
        "统计期间内该人员完成的环节操作次数；同一业务件经多人办理时分别计入各人。系统自动审核单列。",
        "case_event.actor_id、action",
    ),
];

/// The definition of a figure.
#[must_use]
pub fn of(code: &str) -> Option<&'static Definition> {
    DEFINITIONS.iter().find(|d| d.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_figure_is_defined_once() {
        for d in DEFINITIONS {
            let same = DEFINITIONS
                .iter()
                .filter(|o| o.code == d.code || o.name == d.name);
            assert_eq!(same.count(), 1, "{}", d.code);
            assert!(
                d.meaning.ends_with('。') && !d.source.is_empty(),
                "{}",
                d.code
            );
            assert_eq!(of(d.code), Some(d));
        }
    }
}

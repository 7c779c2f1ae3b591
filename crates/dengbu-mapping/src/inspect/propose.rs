//! A mapping proposed: table by table and field by field, by names and by what the values are.

use std::fmt::Write as _;

use dengbu_staging::{Schema, TableDef};

use super::content::Content;
use super::field::FieldProfile;
use super::{Profile, TableProfile};
use crate::transform::folded;

/// Names by which tables of other systems are known, by standard table.
const TABLE_NAMES: &[(&str, &[&str])] = &[
    (
        "ZDJBXX",
        &[
            "ZDJBXX",
            "ZD",
            "宗地",
            "TDZD",
            "DJZD",
            "JZD_ZD",
            "KTT_ZDJBXX",
            "地籍",
        ],
    ),
    (
        "ZRZ",
        &["ZRZ", "自然幢", "房屋", "幢", "楼栋", "FW_ZRZ", "JZW"],
    ),
    (
        "H",
        &[
            "H",
            "户",
            "HOUSE",
            "FC_HOUSE",
            "房屋表",
            "FWXX",
            "台账",
            "FW_H",
        ],
    ),
    (
        "FDCQ2",
        &[
            "FDCQ2",
            "FDCQ",
            "OWNER",
            "FC_OWNER",
            "产权",
            "所有权",
            "CQ",
            "FDCQ_YZ",
        ],
    ),
    ("QLR", &["QLR", "权利人", "所有权人", "产权人"]),
    (
        "DYAQ",
        &["DYAQ", "DY", "抵押", "MORTGAGE", "FC_MORTGAGE", "他项"],
    ),
    ("CFDJ", &["CFDJ", "CF", "查封", "SEAL", "FC_SEAL", "限制"]),
    ("JSYDSYQ", &["JSYDSYQ", "土地使用权", "TDSYQ_JS"]),
];

/// Names by which fields are known: standard table, field, names.
const FIELD_NAMES: &[(&str, &str, &[&str])] = &[
    (
        "ZDJBXX",
        "ZDDM",
        &["ZDDM", "宗地代码", "宗地号", "DJH", "地籍号", "ZDH"],
    ),
    (
        "ZDJBXX",
        "ZL",
        &["ZL", "坐落", "TDZL", "土地坐落", "ADDRESS", "地址"],
    ),
    ("ZDJBXX", "YT", &["YT", "用途", "TDYT", "土地用途", "地类"]),
    (
        "ZDJBXX",
        "QLXZ",
        &["QLXZ", "权利性质", "SYQLX", "使用权类型"],
    ),
    (
        "ZDJBXX",
        "ZDMJ",
        &["ZDMJ", "宗地面积", "面积", "FZMJ", "发证面积"],
    ),
    (
        "ZDJBXX",
        "X_HOLDER",
        &["TDSYR", "QLRMC", "权利人", "土地使用权人", "使用者"],
    ),
    (
        "ZDJBXX",
        "X_LAND_CERTIFICATE",
        &["TDZH", "土地证号", "BDCQZH"],
    ),
    ("ZDJBXX", "X_ESTATE", &["项目", "小区", "XMMC", "项目名称"]),
    ("ZDJBXX", "SYQJSSJ", &["ZZRQ", "终止日期", "SYQJSSJ"]),
    (
        "ZRZ",
        "X_BUILDING",
        &["ZRZID", "编号", "幢编号", "FWBH", "ZRZH"],
    ),
    ("ZRZ", "ZRZH", &["ZRZH", "自然幢号"]),
    ("ZRZ", "XMMC", &["XMMC", "项目名称", "小区", "XIAOQU"]),
    ("ZRZ", "X_BLOCK", &["ZH", "幢号", "楼号", "栋号"]),
    ("ZRZ", "ZCS", &["ZCS", "总层数", "层数", "LC"]),
    ("ZRZ", "FWJG", &["FWJG", "JG", "结构", "房屋结构"]),
    (
        "ZRZ",
        "JGRQ",
        &["JGRQ", "竣工日期", "JGNF", "建成年份", "JGSJ"],
    ),
    ("ZRZ", "LDZL", &["ZL", "坐落", "地址", "LDZL"]),
    ("ZRZ", "ZZDMJ", &["ZZDMJ", "幢占地面积", "占地面积"]),
    ("H", "BDCDYH", &["BDCDYH", "不动产单元号", "单元号"]),
    ("H", "X_HOUSE", &["HOUSE_ID", "FWID", "房屋编号", "HID"]),
    ("H", "ZRZH", &["ZRZH", "自然幢号"]),
    ("H", "X_BUILDING", &["BUILD_NO", "ZH", "幢编号", "图幅号"]),
    (
        "H",
        "ZL",
        &["ZL", "坐落", "ADDRESS", "地址", "房屋坐落", "FWZL"],
    ),
    ("H", "X_ESTATE", &["XIAOQU", "小区", "XMMC"]),
    ("H", "X_UNIT", &["DY", "DYH", "单元", "单元号"]),
    (
        "H",
        "X_STOREY",
        &["LC", "SZC", "所在层", "层", "楼层", "层/总层"],
    ),
    (
        "H",
        "SHBW",
        &["SHBW", "SH", "FJH", "室号", "房号", "房间号", "室号部位"],
    ),
    ("H", "SCJZMJ", &["SCJZMJ", "JZMJ", "建筑面积", "面积"]),
    (
        "H",
        "SCTNJZMJ",
        &["SCTNJZMJ", "TNMJ", "套内面积", "套内建筑面积", "ZYJZMJ"],
    ),
    (
        "H",
        "SCFTJZMJ",
        &["SCFTJZMJ", "FTMJ", "分摊面积", "公摊面积", "FTJZMJ"],
    ),
    ("H", "FWYT1", &["FWYT1", "YT", "FWYT", "用途", "房屋用途"]),
    ("H", "FWJG", &["FWJG", "JG", "结构", "房屋结构"]),
    ("H", "FWXZ", &["FWXZ", "性质", "房屋性质"]),
    ("H", "JGSJ", &["JGSJ", "竣工时间", "建成时间"]),
    ("H", "X_LIMITS", &["限制情况", "他项情况", "限制"]),
    ("FDCQ2", "YWH", &["YWH", "业务号", "OWN_ID", "SLBH"]),
    ("FDCQ2", "BDCDYH", &["BDCDYH", "不动产单元号"]),
    ("FDCQ2", "X_HOUSE", &["HOUSE_ID", "FWID", "房屋编号", "HID"]),
    (
        "FDCQ2",
        "BDCQZH",
        &["BDCQZH", "CQZH", "产权证号", "房产证号", "权证号", "证号"],
    ),
    (
        "FDCQ2",
        "DJSJ",
        &["DJSJ", "DJRQ", "登记日期", "登记时间", "发证日期"],
    ),
    ("FDCQ2", "QSZT", &["QSZT", "ZT", "状态", "权属状态"]),
    ("FDCQ2", "DJYY", &["DJYY", "YWLX", "业务类型", "登记原因"]),
    ("FDCQ2", "DJLX", &["DJLX", "登记类型"]),
    ("FDCQ2", "QLLX", &["QLLX", "权利类型"]),
    ("FDCQ2", "YT", &["TDYT", "土地用途"]),
    ("FDCQ2", "FDCJYJG", &["FDCJYJG", "交易价格", "成交价"]),
    ("FDCQ2", "JZMJ", &["JZMJ", "建筑面积"]),
    ("FDCQ2", "ZYJZMJ", &["ZYJZMJ", "专有建筑面积", "套内面积"]),
    ("FDCQ2", "FTJZMJ", &["FTJZMJ", "分摊建筑面积", "FTMJ"]),
    ("FDCQ2", "FJ", &["FJ", "附记", "备注", "BZ"]),
    ("QLR", "YWH", &["YWH", "业务号", "OWN_ID", "SLBH"]),
    ("QLR", "BDCDYH", &["BDCDYH", "不动产单元号"]),
    ("QLR", "X_HOUSE", &["HOUSE_ID", "FWID", "房屋编号", "HID"]),
    (
        "QLR",
        "QLRMC",
        &["QLRMC", "权利人", "姓名", "权利人名称", "QLR", "所有权人"],
    ),
    (
        "QLR",
        "ZJH",
        &["ZJH", "证件号", "身份证号", "证件号码", "SFZH"],
    ),
    ("QLR", "ZJZL", &["ZJZL", "证件种类", "证件类型"]),
    ("QLR", "QLRLX", &["QLRLX", "权利人类型"]),
    (
        "QLR",
        "QLBL",
        &["QLBL", "GYFE", "份额", "权利比例", "共有份额"],
    ),
    ("QLR", "GYFS", &["GYFS", "共有方式"]),
    ("QLR", "BDCQZH", &["BDCQZH", "CQZH", "产权证号"]),
    ("QLR", "DH", &["DH", "电话", "联系电话"]),
    ("DYAQ", "YWH", &["YWH", "业务号", "MID", "SLBH"]),
    ("DYAQ", "BDCDYH", &["BDCDYH", "不动产单元号"]),
    ("DYAQ", "X_HOUSE", &["HOUSE_ID", "FWID", "房屋编号"]),
    (
        "DYAQ",
        "BDCDJZMH",
        &["BDCDJZMH", "TXZH", "他项证号", "他项权证号", "证明号"],
    ),
    ("DYAQ", "DYQR", &["DYQR", "抵押权人"]),
    ("DYAQ", "DYR", &["DYR", "抵押人"]),
    ("DYAQ", "DYFS", &["DYFS", "抵押方式"]),
    (
        "DYAQ",
        "BDBZZQSE",
        &["BDBZZQSE", "JE", "金额", "债权数额", "抵押金额"],
    ),
    (
        "DYAQ",
        "ZWLXQSSJ",
        &["ZWLXQSSJ", "QSRQ", "起始日期", "债务起始"],
    ),
    (
        "DYAQ",
        "ZWLXJSSJ",
        &["ZWLXJSSJ", "JZRQ", "截止日期", "债务截止", "JSRQ"],
    ),
    ("DYAQ", "QSZT", &["QSZT", "ZT", "状态"]),
    ("CFDJ", "YWH", &["YWH", "业务号", "CFID"]),
    ("CFDJ", "BDCDYH", &["BDCDYH", "不动产单元号"]),
    ("CFDJ", "X_HOUSE", &["HOUSE_ID", "FWID", "房屋编号"]),
    ("CFDJ", "CFJG", &["CFJG", "查封机关", "法院"]),
    ("CFDJ", "CFWH", &["CFWH", "查封文号", "文号"]),
    ("CFDJ", "CFLX", &["CFLX", "查封类型"]),
    ("CFDJ", "CFQSSJ", &["CFQSSJ", "查封起始", "CFQX"]),
    ("CFDJ", "CFJSSJ", &["CFJSSJ", "查封结束", "CFQX"]),
    ("CFDJ", "QSZT", &["QSZT", "ZT", "状态"]),
];

/// Tables that a ledger line with holders and limits becomes beside the house.
const BESIDE: [&str; 2] = ["FDCQ2", "QLR"];

/// The mapping proposed for a source, as the text of a file. A person finishes it.
#[must_use]
pub fn propose(profile: &Profile, source: &str) -> String {
    let mut out = format!(
        "# 由 dengbu fusion inspect 按字段名和内容建议，请逐项核对后使用\nsource = {}\nname = {}\n",
        quoted(source),
        quoted(source)
    );
    if let Some(shapes) = profile
        .tables
        .iter()
        .find_map(|t| t.shapes.as_ref().filter(|s| s.extent.is_some()))
    {
        out += &crs(&shapes.looks_like, shapes.extent.unwrap_or_default());
    }
    for table in &profile.tables {
        out.push('\n');
        out += &propose_table(table);
    }
    out
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn crs(looks_like: &str, extent: [f64; 4]) -> String {
    let axes = if looks_like.contains("顺序") {
        "north_east"
    } else {
        "east_north"
    };
    let mut out = format!("\n# 坐标看起来是：{looks_like}\n[crs]\n");
    let across = if axes == "east_north" {
        extent[0]
    } else {
        extent[1]
    };
    let zone = (across / 1e6).floor();
    if looks_like.contains("经纬度") {
        out += "datum = \"cgcs2000\"\nkind = \"geographic\"\n";
    } else if looks_like.contains("带号") && looks_like.contains("三度带") {
        let _ = write!(
            out,
            "datum = \"cgcs2000\"\nkind = \"gauss_kruger_3\"\nmeridian = {}\nzone_prefix = true\n",
            zone * 3.0
        );
    } else if looks_like.contains("六度带") {
        let _ = write!(
            out,
            "datum = \"cgcs2000\"\nkind = \"gauss_kruger_6\"\nmeridian = {}\nzone_prefix = true\n",
            zone * 6.0 - 3.0
        );
    } else if looks_like.contains("高斯") {
        out += "datum = \"cgcs2000\"          # 请核对：也可能是 xian80、beijing54\nkind = \"gauss_kruger_3\"\nmeridian = 102                # 请核对中央经线\n";
    } else {
        // A local plane needs control points, which only a person can name.
        return format!(
            "\n# 坐标看起来是：{looks_like}\n# 请补充 [crs]：datum = \"local\"、kind = \"plane\" 和 control（控制点表），写法见手册“对照文件”\n"
        );
    }
    let _ = writeln!(out, "axes = \"{axes}\"");
    out
}

/// How well a name fits one of the known ones, 0 to 100.
fn name_score(name: &str, known: &[&str]) -> u32 {
    let plain = |t: &str| {
        let last = t.rsplit('·').next().unwrap_or(t);
        let f = folded(last).to_uppercase();
        f.split('(').next().unwrap_or(&f).to_owned()
    };
    let name = plain(name);
    let mut best = 0;
    for (i, k) in known.iter().enumerate() {
        let k = plain(k);
        let score = if name == k {
            100 - u32::try_from(i).unwrap_or(0).min(20)
        } else if k.chars().count() > 1
            && (name.contains(&k) || name.chars().count() > 1 && k.contains(&name))
            && !k.is_ascii()
        {
            70
        } else {
            0
        };
        best = best.max(score);
    }
    best
}

/// What the values of a field should be.
fn expected(field: &str) -> &'static [Content] {
    match field {
        "ZDDM" => &[Content::ParcelCode],
        "ZRZH" => &[Content::BuildingCode],
        "BDCDYH" => &[Content::UnitCode],
        "ZL" | "LDZL" | "FDZL" => &[Content::Address],
        "ZJH" => &[Content::IdNumber],
        "QLRMC" | "DYR" => &[Content::PersonName, Content::Organisation],
        "DYQR" | "CFJG" | "X_HOLDER" => &[Content::Organisation, Content::Category],
        "BDCQZH" | "BDCDJZMH" | "X_LAND_CERTIFICATE" => &[Content::Certificate],
        "DJSJ" | "JGSJ" | "JGRQ" | "ZWLXQSSJ" | "ZWLXJSSJ" | "CFQSSJ" | "CFJSSJ" | "SYQJSSJ" => {
            &[Content::Date, Content::Year, Content::Span]
        }
        "QLBL" => &[Content::Share],
        "X_LIMITS" => &[Content::Limits],
        f if f.ends_with("MJ") => &[Content::Area, Content::Integer],
        _ => &[],
    }
}

/// The field of the table that fits best, with its score.
fn best<'a>(
    table: &'a TableProfile,
    field: &str,
    names: &[&str],
) -> Option<(&'a FieldProfile, u32)> {
    let wanted = expected(field);
    let of_content = |c: Content| table.fields.iter().filter(|f| f.content == c).count();
    table
        .fields
        .iter()
        .map(|f| {
            let mut score = name_score(&f.name, names);
            let fits = wanted.contains(&f.content);
            if fits && score > 0 {
                score += 30;
            } else if fits
                && wanted.len() == 1
                && of_content(f.content) == 1
                && f.content < Content::Organisation
            {
                // The only field of such content needs no name.
                score = 60;
            } else if !wanted.is_empty() && !fits && f.filled > 0 && score < 100 {
                score = score.saturating_sub(40);
            }
            (f, score)
        })
        .filter(|(_, score)| *score >= 60)
        .max_by_key(|(_, score)| *score)
}

type Pair<'a> = (&'static str, &'a FieldProfile, u32);

fn pairs<'a>(table: &'a TableProfile, standard: &str) -> Vec<Pair<'a>> {
    FIELD_NAMES
        .iter()
        .filter(|(t, ..)| *t == standard)
        .filter_map(|(_, field, names)| best(table, field, names).map(|(f, s)| (*field, f, s)))
        .collect()
}

/// The standard table that fits best.
fn target(table: &TableProfile) -> Option<&'static str> {
    let mut candidates: Vec<(u32, &'static str)> = TABLE_NAMES
        .iter()
        .map(|(standard, names)| {
            let fields: u32 = pairs(table, standard).iter().map(|(.., s)| s).sum();
            let name = name_score(&table.name, names);
            // Shapes are land and buildings; rows without are everything else.
            let shape = matches!(*standard, "ZDJBXX" | "ZRZ");
            let fits = if shape == table.shapes.is_some() {
                150
            } else {
                0
            };
            (fields + name * 4 + fits, *standard)
        })
        .collect();
    candidates.sort_unstable_by(|a, b| b.cmp(a));
    candidates
        .first()
        .filter(|(score, _)| *score > 300)
        .map(|(_, t)| *t)
}

fn propose_table(table: &TableProfile) -> String {
    let Some(standard) = target(table) else {
        let fields: Vec<&str> = table.fields.iter().map(|f| f.name.as_str()).collect();
        return format!(
            "# 来源表“{}”没有找到对应的标准表。字段：{}\n",
            table.name,
            fields.join("、")
        );
    };
    let mut out = format!("[[table]]\nfrom = {}\n", quoted(&table.name));
    let _ = writeln!(out, "id = {}", quoted(&identifier(table)));
    let mut used: Vec<&str> = Vec::new();
    out += &row(table, standard, &mut used);
    // A ledger: owners in the same line as the house.
    let people = table.fields.iter().any(|f| f.content == Content::IdNumber);
    if (standard == "H" || standard == "FDCQ2") && people {
        for beside in BESIDE.iter().filter(|b| **b != standard) {
            out += &row(table, beside, &mut used);
        }
    }
    let limits = table.fields.iter().find(|f| f.content == Content::Limits);
    if let Some(limits) = limits {
        for (beside, each) in [("DYAQ", "mortgages"), ("CFDJ", "seizures")] {
            let _ = write!(
                out,
                "[table.{beside}]\neach = \"{each}\"\ntext = {}\nYWH = {}\nX_HOUSE = {}\n",
                quoted(&limits.name),
                quoted(&identifier(table)),
                quoted(&identifier(table))
            );
        }
    }
    let left: Vec<&str> = table
        .fields
        .iter()
        .map(|f| f.name.as_str())
        .filter(|f| !used.contains(f))
        .collect();
    if !left.is_empty() {
        let _ = writeln!(out, "# 未用到的字段：{}", left.join("、"));
    }
    out
}

/// What identifies a record: the first field whose values all differ; of a workbook of several
/// sheets together with the sheet.
fn identifier(table: &TableProfile) -> String {
    let sheets = table.notes.iter().any(|n| n.contains("合为一个表"));
    let serial = table.fields.iter().find(|f| folded(&f.name) == "序号");
    match (sheets, serial) {
        (true, Some(serial)) => format!("{{$part}}!{{{}}}", serial.name),
        (true, None) => "{$part}!{$line}".to_owned(),
        _ => table
            .fields
            .iter()
            .find(|f| f.unique)
            .map_or_else(|| "{$line}".to_owned(), |f| f.name.clone()),
    }
}

fn row<'a>(table: &'a TableProfile, standard: &str, used: &mut Vec<&'a str>) -> String {
    let def = Schema::standard().table(standard);
    let mut out = format!("[table.{standard}]");
    if let Some(def) = def {
        let _ = write!(out, "  # {}", def.name_zh);
    }
    out.push('\n');
    let mut found = pairs(table, standard);
    let several = |f: &FieldProfile| f.samples.iter().any(|(t, _)| t.contains('、'));
    if standard == "QLR" {
        let names = found.iter().position(|(f, ..)| *f == "QLRMC");
        if let Some(at) = names.filter(|at| {
            several(found[*at].1) || found.iter().any(|(f, p, _)| *f == "ZJH" && several(p))
        }) {
            let (_, names, _) = found.remove(at);
            used.push(&names.name);
            let _ = write!(out, "each = \"holders\"\nnames = {}\n", quoted(&names.name));
            for (field, option) in [("ZJH", "ids"), ("QLBL", "shares")] {
                if let Some(at) = found.iter().position(|(f, ..)| *f == field) {
                    let (_, p, _) = found.remove(at);
                    used.push(&p.name);
                    let _ = writeln!(out, "{option} = {}", quoted(&p.name));
                }
            }
        }
    }
    for key in ["YWH", "X_HOUSE", "X_BUILDING", "X_PARCEL"] {
        let needed = matches!(
            (key, standard),
            ("YWH", "FDCQ2" | "QLR" | "DYAQ" | "CFDJ")
                | ("X_HOUSE", "H" | "FDCQ2" | "QLR")
                | ("X_BUILDING", "ZRZ")
                | ("X_PARCEL", "ZDJBXX")
        );
        if needed && !found.iter().any(|(f, ..)| *f == key) {
            let _ = writeln!(out, "{key} = {}", quoted(&identifier(table)));
        }
    }
    for (field, profile, score) in found {
        used.push(&profile.name);
        let line = assignment(def, field, profile);
        let line = with_unit(table, field, line, used);
        let doubt = if score < 90 {
            format!("  # 请核对：内容像{}", profile.content.name_zh())
        } else {
            String::new()
        };
        let _ = writeln!(out, "{line}{doubt}");
    }
    out
}

/// An amount whose unit stands in a field of its own (元, 万元).
fn with_unit<'a>(
    table: &'a TableProfile,
    field: &str,
    line: String,
    used: &mut Vec<&'a str>,
) -> String {
    let units = |f: &&FieldProfile| {
        f.content == Content::Category
            && f.samples
                .iter()
                .all(|(t, _)| matches!(t.trim(), "元" | "万元" | "万"))
    };
    match table
        .fields
        .iter()
        .find(units)
        .filter(|_| field == "BDBZZQSE")
    {
        Some(unit) => {
            used.push(&unit.name);
            let name = line.split_once("= ").map_or("", |(_, n)| n);
            format!(
                "{field} = {{ field = {name}, as = \"amount\", unit_field = {} }}",
                quoted(&unit.name)
            )
        }
        None => line,
    }
}

fn assignment(def: Option<&TableDef>, field: &str, profile: &FieldProfile) -> String {
    let name = quoted(&profile.name);
    let as_ = |how: &str| format!("{field} = {{ field = {name}, as = \"{how}\" }}");
    match (field, profile.content) {
        ("CFQSSJ", Content::Span) => as_("span_start"),
        ("CFJSSJ", Content::Span) => as_("span_end"),
        (_, Content::Year) => as_("year"),
        ("X_STOREY", _) if profile.samples.iter().any(|(t, _)| t.contains('/')) => {
            format!(
                "X_STOREY = {{ field = {name}, split = \"/\", part = 1, as = \"integer\" }}\nX_STOREYS = {{ field = {name}, split = \"/\", part = 2, as = \"integer\" }}"
            )
        }
        ("X_BLOCK", _) => as_("building"),
        ("X_UNIT" | "X_STOREY", _) => as_("integer"),
        ("X_HOUSE" | "X_BUILDING" | "X_PARCEL", _) => as_("raw"),
        ("X_HOLDER" | "DYQR", _) => as_("name"),
        ("X_LIMITS", _) => as_("limits"),
        ("FWJG", _) if def.is_some_and(|d| d.field("FWJG").is_none()) => {
            format!("FWJG = {{ field = {name}, as = \"code\", list = \"房屋结构\" }}")
        }
        ("JGSJ" | "SYQJSSJ", _) if def.is_some_and(|d| d.field(field).is_none()) => as_("date"),
        _ => format!("{field} = {name}"),
    }
}

//! Invented names.

use crate::dice::Dice;

const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛段雷龙史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤";
const GIVEN: &str = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红志文辉建国春雪梅海波宇轩浩然子泽雨欣怡思嘉慧婷晨曦博俊鹏峰";
const ESTATES: [&str; 20] = [
    "凤凰",
    "学府",
    "渡口",
    "普达",
    "攀钢",
    "红格",
    "望江",
    "迎宾",
    "竹湖",
    "花城",
    "阳光",
    "盐水河",
    "南山",
    "紫荆",
    "木棉",
    "金沙",
    "安宁",
    "龙珠",
    "芒果",
    "炳草岗",
];
const KINDS: [&str; 10] = [
    "新村",
    "丽苑",
    "名都",
    "家园",
    "佳园",
    "小区",
    "花园",
    "公馆",
    "雅居",
    "国际城",
];
const PHASES: [&str; 5] = ["", "", "", "一期", "二期"];
const ROADS: [&str; 16] = [
    "炳草岗大街",
    "安宁路",
    "滨河路",
    "苏铁中路",
    "新华街",
    "机场路",
    "桐子林路",
    "人民街",
    "河石坝路",
    "大梯道路",
    "攀莲路",
    "清香坪路",
    "仁和街",
    "迤沙拉大道",
    "东风路",
    "建设街",
];
/// Banks and the like.
pub const LENDERS: [&str; 5] = [
    "攀枝花农村商业银行股份有限公司",
    "中国工商银行股份有限公司攀枝花分行",
    "攀枝花市住房公积金管理中心",
    "中国农业银行股份有限公司攀枝花分行",
    "中国建设银行股份有限公司攀枝花分行",
];
/// Courts.
pub const COURTS: [&str; 5] = [
    "攀枝花市东区人民法院",
    "盐边县人民法院",
    "米易县人民法院",
    "攀枝花市中级人民法院",
    "成都市武侯区人民法院",
];
/// Structures by name and code.
pub const STRUCTURES: [(&str, &str); 5] = [
    ("钢结构", "1"),
    ("钢和钢筋混凝土结构", "2"),
    ("钢筋混凝土结构", "3"),
    ("混合结构", "4"),
    ("砖木结构", "5"),
];

fn letter(dice: &mut Dice, text: &str) -> char {
    let at = dice.below(u32::try_from(text.chars().count()).unwrap_or(1));
    text.chars().nth(at as usize).unwrap_or('王')
}

/// A person's name.
pub fn person(dice: &mut Dice) -> String {
    let mut name = String::from(letter(dice, SURNAMES));
    name.push(letter(dice, GIVEN));
    if dice.chance(0.7) {
        name.push(letter(dice, GIVEN));
    }
    name
}

/// A trading company that owns a flat.
pub fn company(dice: &mut Dice) -> String {
    format!("攀枝花市{}商贸有限公司", dice.pick(&ESTATES))
}

/// A developer.
pub fn developer(dice: &mut Dice) -> String {
    let kind = dice.pick(&["置业", "房地产开发", "实业"]);
    format!("攀枝花{}{kind}有限公司", dice.pick(&ESTATES))
}

/// An estate; `few`: out of a pool so small that names repeat.
pub fn estate(dice: &mut Dice, few: bool) -> String {
    let kinds = if few { &KINDS[..4] } else { &KINDS[..] };
    format!(
        "{}{}{}",
        dice.pick(&ESTATES),
        dice.pick(kinds),
        dice.pick(&PHASES)
    )
}

/// A road and a number on it.
pub fn road(dice: &mut Dice) -> String {
    format!("{}{}号", dice.pick(&ROADS), dice.between(1, 400))
}

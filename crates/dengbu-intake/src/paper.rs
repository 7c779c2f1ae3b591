//! The report of a run's quality control as pages: what was checked, by which rules, what was
//! found, the verdict. Pure drawing in millimetres; who seals it is others' work.

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_model::time::{date_in_shanghai, shanghai};
use dengbu_page::{Canvas, Colour, Document, FontError, Fonts, Meta, Page, Size, Stroke};
use dengbu_quality::RuleSet;

use crate::results::{Count, TableCount, severity_name};
use crate::run::Run;
use crate::source::Package;

/// Left edge of what is written.
const LEFT: f64 = 20.0;
/// Its width.
const WIDTH: f64 = 170.0;
/// First baseline of a page.
const TOP: f64 = 24.0;
/// Below it nothing is written but the foot.
const BOTTOM: f64 = 272.0;
/// Size of text.
const TEXT: f64 = 3.6;
/// Distance of lines.
const LINE: f64 = 5.2;
/// White inside a cell.
const PAD: f64 = 1.4;
/// Side of a seal (国务院关于国家行政机关和企业事业单位社会团体印章管理的规定: 42 mm at most).
const SEAL: f64 = 42.0;

/// What a report is about.
#[derive(Debug)]
pub struct Facts<'a> {
    /// Name of the authority.
    pub authority: &'a str,
    /// The run.
    pub run: &'a Run,
    /// Title of its source.
    pub source_title: &'a str,
    /// The delivery.
    pub package: Option<&'a Package>,
    /// Findings counted.
    pub counts: &'a [Count],
    /// Source rows by table.
    pub tables: &'a [TableCount],
    /// When the report is made.
    pub now: DateTime<Utc>,
}

/// The pages, and where the seal goes: page from 0, left and upper edge.
#[derive(Debug)]
pub struct Paper {
    /// The document.
    pub document: Document,
    /// Page of the seal.
    pub page: usize,
    /// Left edge of the seal.
    pub x: f64,
    /// Its upper edge.
    pub y: f64,
}

impl Facts<'_> {
    /// Findings of a severity.
    #[must_use]
    pub fn of(&self, severity: &str) -> i64 {
        self.counts
            .iter()
            .find(|c| c.by == "severity" && c.key == severity)
            .map_or(0, |c| c.count)
    }

    /// The verdict: passed when no fault of the kind that must be mended is open; over the
    /// register the figures of the rules count too, see [`dengbu_quality::Verdict`].
    #[must_use]
    pub fn verdict(&self) -> String {
        if let Some(said) = self.run.summary["verdict_name"].as_str() {
            return said.to_owned();
        }
        match self.of("error") {
            0 => "合格（没有强制问题）".to_owned(),
            n => format!("不合格（有强制问题 {n} 个，处理后重新检查）"),
        }
    }
}

fn moment(at: Option<DateTime<Utc>>) -> String {
    at.map(|at| {
        at.with_timezone(&shanghai())
            .format("%Y年%m月%d日 %H:%M:%S")
            .to_string()
    })
    .unwrap_or_default()
}

fn day(day: NaiveDate) -> String {
    day.format("%Y年%m月%d日").to_string()
}

/// Draws the report.
///
/// # Errors
/// Fonts that cannot be read; characters no font has are written as a question mark.
pub fn draw(facts: &Facts<'_>, fonts: &'static Fonts) -> Result<Paper, FontError> {
    let mut sheet = Sheet::new(fonts);
    sheet.title("不动产登记数据质检报告")?;
    sheet.facts(&heads(facts))?;
    sheet.heading("一、质检结论")?;
    sheet.paragraph(&format!(
        "{}。共发现强制问题 {} 个，警告 {} 个，提示 {} 个。",
        facts.verdict(),
        facts.of("error"),
        facts.of("warning"),
        facts.of("note"),
    ))?;
    sheet.paragraph(
        "强制问题必须改正后才能入库；警告应逐条核实；提示只作说明。各条问题的明细见同一运行的导出表。",
    )?;
    sheet.heading("二、检查的数据")?;
    checked(facts, &mut sheet)?;
    sheet.heading("三、各规则的问题数")?;
    rules(facts, &mut sheet)?;
    if let Some(package) = facts.package {
        sheet.heading("四、数据文件")?;
        files(package, &mut sheet)?;
    }
    let (page, x, y) = sheet.signed(facts)?;
    Ok(Paper {
        document: Document {
            meta: Meta {
                id: *facts.run.run_id.as_bytes(),
                title: "不动产登记数据质检报告".to_owned(),
                author: facts.authority.to_owned(),
                subject: facts.run.source.clone(),
                created: date_in_shanghai(facts.now),
                custom: Vec::new(),
            },
            pages: sheet.finish(&facts.run.run_id.to_string())?,
            attachments: Vec::new(),
        },
        page,
        x,
        y,
    })
}

fn heads(facts: &Facts<'_>) -> Vec<(&'static str, String)> {
    let run = facts.run;
    let mut heads = vec![
        ("登记机构", facts.authority.to_owned()),
        ("运行编号", run.run_id.to_string()),
    ];
    match facts.package {
        Some(p) => {
            heads.push((
                "数据源",
                format!("{}（{}）", facts.source_title, run.source),
            ));
            heads.push((
                "数据包",
                format!(
                    "第 {} 次，{}，{} 字节",
                    p.delivery, p.file_name, p.size_bytes
                ),
            ));
            heads.push(("数据包 SM3", p.sm3.clone()));
            heads.push((
                "字段对照",
                run.mapping_version
                    .map_or_else(|| "自动".to_owned(), |v| format!("第 {v} 版")),
            ));
        }
        None => heads.push((
            "检查对象",
            "本机构登记簿和权籍现有数据，含历史权利".to_owned(),
        )),
    }
    if let Some(version) = run.summary["rules_version"].as_str() {
        heads.push(("规则库版本", version.to_owned()));
    }
    if let Some(sm3) = run.summary["findings_sm3"].as_str() {
        heads.push(("问题清单 SM3", sm3.to_owned()));
    }
    heads.push((
        "检查时间",
        format!("{} 至 {}", moment(run.began_at), moment(run.finished_at)),
    ));
    heads.push(("申请人", run.asked_by.clone()));
    heads.push(("报告时间", moment(Some(facts.now))));
    heads
}

fn checked(facts: &Facts<'_>, sheet: &mut Sheet) -> Result<(), FontError> {
    if facts.package.is_none() {
        let lines = facts.run.summary["tables"].as_array().cloned();
        let rows = lines.unwrap_or_default().into_iter().map(|line| {
            let code = line["table"].as_str().unwrap_or_default().to_owned();
            let name = dengbu_staging::Schema::standard()
                .table(&code)
                .map_or_else(String::new, |d| d.name_zh.clone());
            vec![code, name, line["rows"].to_string()]
        });
        let columns = [
            Column::left("数据表", 50.0),
            Column::left("名称", 80.0),
            Column::right("行数", 40.0),
        ];
        return sheet.table(&columns, rows);
    }
    let columns = [
        Column::left("数据表", 70.0),
        Column::right("源数据行", 20.0),
        Column::right("可入库", 20.0),
        Column::right("合并", 20.0),
        Column::right("待核对", 20.0),
        Column::right("退回", 20.0),
    ];
    let rows = facts.tables.iter().map(|t| {
        vec![
            t.table_name.clone(),
            t.read.to_string(),
            t.accepted.to_string(),
            t.merged.to_string(),
            t.doubtful.to_string(),
            t.rejected.to_string(),
        ]
    });
    sheet.table(&columns, rows)
}

fn rules(facts: &Facts<'_>, sheet: &mut Sheet) -> Result<(), FontError> {
    let known = RuleSet::standard().ok();
    let title = |id: &str| {
        known
            .as_ref()
            .and_then(|k| k.rule(id))
            .map_or_else(String::new, |r| r.title.clone())
    };
    let columns = [
        Column::left("规则", 28.0),
        Column::left("级别", 16.0),
        Column::left("要求", 106.0),
        Column::right("问题数", 20.0),
    ];
    let mut rows: Vec<Vec<String>> = facts
        .counts
        .iter()
        .filter(|c| c.by == "rule")
        .map(|c| {
            vec![
                c.key.clone(),
                severity_name(&c.severity).to_owned(),
                title(&c.key),
                c.count.to_string(),
            ]
        })
        .collect();
    rows.sort();
    if rows.is_empty() {
        return sheet.paragraph("各规则均没有发现问题。");
    }
    sheet.table(&columns, rows.into_iter())
}

fn files(package: &Package, sheet: &mut Sheet) -> Result<(), FontError> {
    let columns = [
        Column::left("文件", 58.0),
        Column::right("字节", 22.0),
        Column::left("SM3", 90.0),
    ];
    let rows = package
        .files
        .0
        .iter()
        .map(|f| vec![f.name.clone(), f.size.to_string(), f.sm3.clone()]);
    sheet.table(&columns, rows)
}

struct Column {
    head: &'static str,
    width: f64,
    right: bool,
}

impl Column {
    fn left(head: &'static str, width: f64) -> Self {
        Self {
            head,
            width,
            right: false,
        }
    }

    fn right(head: &'static str, width: f64) -> Self {
        Self {
            right: true,
            ..Self::left(head, width)
        }
    }
}

/// Pages being written from top to bottom.
struct Sheet {
    fonts: &'static Fonts,
    done: Vec<Canvas<'static>>,
    canvas: Canvas<'static>,
    /// Upper edge of what comes next.
    y: f64,
}

impl Sheet {
    fn new(fonts: &'static Fonts) -> Self {
        Self {
            fonts,
            done: Vec::new(),
            canvas: Canvas::new(Size::A4, fonts),
            y: TOP,
        }
    }

    fn turn(&mut self) {
        let next = Canvas::new(Size::A4, self.fonts);
        self.done.push(std::mem::replace(&mut self.canvas, next));
        self.y = TOP;
    }

    /// Makes room for so many millimetres; true when a page was turned.
    fn room(&mut self, height: f64) -> bool {
        let turns = self.y + height > BOTTOM;
        if turns {
            self.turn();
        }
        turns
    }

    /// What the fonts have of a text.
    fn plain(&self, text: &str) -> String {
        text.chars()
            .map(|c| match self.fonts.find(c) {
                Some(_) => c,
                None => '?',
            })
            .collect()
    }

    /// A text in lines of a width, broken between any two characters.
    fn lines(&self, text: &str, width: f64) -> Result<Vec<String>, FontError> {
        let mut lines = Vec::new();
        let (mut line, mut at) = (String::new(), 0.0);
        for c in self.plain(text).chars() {
            let wide = self.fonts.width(c.encode_utf8(&mut [0; 4]), TEXT)?;
            if at + wide > width && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                at = 0.0;
            }
            line.push(c);
            at += wide;
        }
        lines.push(line);
        Ok(lines)
    }

    fn title(&mut self, text: &str) -> Result<(), FontError> {
        self.canvas
            .centred(LEFT + WIDTH / 2.0, self.y + 4.0, 6.4, text)?;
        self.y += 13.0;
        Ok(())
    }

    fn heading(&mut self, text: &str) -> Result<(), FontError> {
        // a heading does not stand alone at the foot of a page
        self.room(24.0);
        self.y += 4.0;
        self.canvas.text(LEFT, self.y + 4.0, 4.4, text)?;
        self.y += 8.0;
        Ok(())
    }

    fn paragraph(&mut self, text: &str) -> Result<(), FontError> {
        for line in self.lines(text, WIDTH)? {
            self.room(LINE);
            self.canvas.text(LEFT, self.y + 4.0, TEXT, &line)?;
            self.y += LINE;
        }
        Ok(())
    }

    fn facts(&mut self, heads: &[(&'static str, String)]) -> Result<(), FontError> {
        for (name, value) in heads {
            let lines = self.lines(value, WIDTH - 30.0)?;
            self.room(LINE);
            self.canvas.text(LEFT, self.y + 4.0, TEXT, name)?;
            for line in lines {
                self.room(LINE);
                self.canvas.text(LEFT + 30.0, self.y + 4.0, TEXT, &line)?;
                self.y += LINE;
            }
        }
        Ok(())
    }

    /// A table; its head is repeated on every page, a row is never parted.
    fn table(
        &mut self,
        columns: &[Column],
        rows: impl Iterator<Item = Vec<String>>,
    ) -> Result<(), FontError> {
        self.table_head(columns)?;
        for row in rows {
            let cells: Result<Vec<Vec<String>>, FontError> = row
                .iter()
                .zip(columns)
                .map(|(text, c)| self.lines(text, c.width - 2.0 * PAD))
                .collect();
            let cells = cells?;
            let most = cells.iter().map(Vec::len).max().unwrap_or(1).min(40);
            #[expect(clippy::cast_precision_loss, reason = "a few lines")]
            let height = most as f64 * LINE + 1.2;
            if self.room(height) {
                self.table_head(columns)?;
            }
            self.cells(columns, &cells, height)?;
        }
        self.y += 2.0;
        Ok(())
    }

    fn table_head(&mut self, columns: &[Column]) -> Result<(), FontError> {
        self.room(LINE * 3.0);
        let (height, y) = (LINE + 1.2, self.y);
        let width = columns.iter().map(|c| c.width).sum();
        let grey = Colour::new(236, 239, 243);
        self.canvas.rect(LEFT, y, width, height, grey);
        let heads: Vec<Vec<String>> = columns.iter().map(|c| vec![c.head.to_owned()]).collect();
        self.cells(columns, &heads, height)
    }

    fn cells(
        &mut self,
        columns: &[Column],
        cells: &[Vec<String>],
        height: f64,
    ) -> Result<(), FontError> {
        let mut x = LEFT;
        for (column, lines) in columns.iter().zip(cells) {
            self.canvas.rect(
                x,
                self.y,
                column.width,
                height,
                Stroke::new(0.15, Colour::BLACK),
            );
            let mut baseline = self.y + 4.2;
            for line in lines.iter().take(40) {
                let at = if column.right {
                    x + column.width - PAD - self.fonts.width(line, TEXT)?
                } else {
                    x + PAD
                };
                self.canvas.text(at, baseline, TEXT, line)?;
                baseline += LINE;
            }
            x += column.width;
        }
        self.y += height;
        Ok(())
    }

    /// Name of the authority and day, with room for the seal over them.
    fn signed(&mut self, facts: &Facts<'_>) -> Result<(usize, f64, f64), FontError> {
        self.room(SEAL + 6.0);
        self.y += 4.0;
        let middle = LEFT + WIDTH - 36.0;
        let name = self.plain(facts.authority);
        self.canvas.centred(middle, self.y + 18.0, 4.2, &name)?;
        let on = day(date_in_shanghai(facts.now));
        self.canvas.centred(middle, self.y + 26.0, 4.2, &on)?;
        Ok((self.done.len(), middle - SEAL / 2.0, self.y))
    }

    /// The pages with their feet.
    fn finish(mut self, number: &str) -> Result<Vec<Page>, FontError> {
        self.turn();
        let total = self.done.len();
        for (nth, canvas) in self.done.iter_mut().enumerate() {
            canvas.line(
                (LEFT, 280.0),
                (LEFT + WIDTH, 280.0),
                Stroke::new(0.15, Colour::BLACK),
            );
            let foot = format!("运行编号 {number}　第 {} 页，共 {total} 页", nth + 1);
            canvas.centred(LEFT + WIDTH / 2.0, 285.0, 3.0, &foot)?;
        }
        Ok(self.done.into_iter().map(Canvas::finish).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> Run {
        let at = DateTime::<Utc>::from_timestamp(1_780_000_000, 0).unwrap();
        Run {
            authority: "510400".to_owned(),
            run_id: uuid::Uuid::from_u128(7),
            kind: "package".to_owned(),
            source: "a-municipal".to_owned(),
            package_id: None,
            mapping_version: Some(3),
            state: "done".to_owned(),
            stage: String::new(),
            stage_done: 0,
            stage_total: 0,
            stage_began_at: None,
            began_at: Some(at),
            touched_at: None,
            finished_at: Some(at),
            begun: 1,
            error: None,
            summary: serde_json::Value::Null,
            stock_sm3: None,
            asked_by: "样例员".to_owned(),
            asked_at: at,
        }
    }

    #[test]
    fn a_long_list_flows_over_pages_with_its_head_and_loses_nothing() {
        let run = run();
        let counts: Vec<Count> = (0..300)
            .map(|n| Count {
                by: "rule".to_owned(),
                key: format!("DQ-TST-{n:03}"),
                severity: "warning".to_owned(),
                count: n,
            })
            .collect();
        let facts = Facts {
            authority: "某市不动产登记中心",
            run: &run,
            source_title: "文件名中有没有的字：\u{1F600}",
            package: None,
            counts: &counts,
            tables: &[],
            now: run.asked_at,
        };
        let paper = draw(&facts, Fonts::shared().unwrap()).unwrap();
        let pages = &paper.document.pages;
        assert!(pages.len() > 5, "{}", pages.len());
        assert_eq!(paper.page, pages.len() - 1);
        let texts: Vec<String> = pages
            .iter()
            .map(|page| {
                page.items
                    .iter()
                    .filter_map(|i| match i {
                        dengbu_page::Item::Text(run) => Some(run.text.as_str()),
                        _ => None,
                    })
                    .collect()
            })
            .collect();
        let all = texts.concat();
        for n in 0..300 {
            assert!(all.contains(&format!("DQ-TST-{n:03}")), "{n}");
        }
        for page in texts.iter().filter(|t| t.contains("DQ-TST")) {
            assert!(page.contains("问题数"), "{page}");
        }
        for page in pages {
            for item in &page.items {
                if let dengbu_page::Item::Text(run) = item {
                    assert!(run.baseline < 290.0 && run.x + run.width() < 192.0);
                }
            }
        }
        assert!(all.contains("合格"));
    }
}

//! Findings as CSV (the form of `findings.csv`) and as a workbook for the people who mend them.

use crate::Finding;
use crate::report::Report;
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use std::io::Write;

/// Columns of `findings.csv`.
pub const COLUMNS: [&str; 9] = [
    "rule_id",
    "severity",
    "source",
    "table",
    "legacy_id",
    "field",
    "value",
    "message",
    "kind",
];

/// Writes findings as CSV, one by one.
#[derive(Debug)]
pub struct CsvFindings<W: Write>(csv::Writer<W>);

impl<W: Write> CsvFindings<W> {
    /// Begins with the heading.
    ///
    /// # Errors
    /// What the writer gives.
    pub fn new(out: W) -> Result<Self, csv::Error> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(COLUMNS)?;
        Ok(Self(writer))
    }

    /// One more line.
    ///
    /// # Errors
    /// What the writer gives.
    pub fn write(&mut self, finding: &Finding) -> Result<(), csv::Error> {
        self.0.write_record([
            finding.rule_id.as_str(),
            finding.severity.name(),
            finding.source.as_str(),
            finding.table.as_str(),
            finding.legacy_id.as_str(),
            finding.field.as_str(),
            finding.value.as_str(),
            finding.message.as_str(),
            finding.kind.map_or("", |k| k.code()),
        ])
    }

    /// Ends and gives the writer back.
    ///
    /// # Errors
    /// What the writer gives.
    pub fn finish(self) -> Result<W, csv::Error> {
        self.0
            .into_inner()
            .map_err(|e| csv::Error::from(e.into_error()))
    }
}

/// A sheet of Excel has 1 048 576 rows; one for the heading.
pub const SHEET_ROWS: usize = 1_048_575;

/// Findings with an overview by rule, as the bytes of a workbook. What passes the rows of a sheet
/// goes on the next.
///
/// # Errors
/// [`XlsxError`] when the workbook cannot be made.
pub fn workbook(report: &Report, findings: &[Finding]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let heading = Format::new().set_bold();
    overview(&mut book, &heading, report)?;
    let mut pieces: Vec<&[Finding]> = findings.chunks(SHEET_ROWS).collect();
    if pieces.is_empty() {
        pieces.push(&[]);
    }
    for (piece, number) in pieces.into_iter().zip(1..) {
        let sheet = book.add_worksheet();
        sheet.set_name(if number == 1 {
            "问题清单".to_owned()
        } else {
            format!("问题清单{number}")
        })?;
        sheet.set_freeze_panes(1, 0)?;
        let names = [
            "规则",
            "严重程度",
            "数据源",
            "表",
            "记录",
            "字段",
            "值",
            "问题",
            "类别",
            "文件",
            "行号",
            "东坐标",
            "北坐标",
        ];
        for (name, column) in names.into_iter().zip(0u16..) {
            sheet.write_string_with_format(0, column, name, &heading)?;
        }
        for (finding, row) in piece.iter().zip(1u32..) {
            let kind = finding.kind.map_or("", |k| k.code());
            let texts = [
                &finding.rule_id,
                finding.severity.name(),
                &finding.source,
                &finding.table,
                &finding.legacy_id,
                &finding.field,
                &finding.value,
                &finding.message,
                kind,
                &finding.file,
            ];
            for (text, column) in texts.into_iter().zip(0u16..) {
                sheet.write_string(row, column, text)?;
            }
            if finding.line > 0 {
                sheet.write_number(row, 10, finding.line)?;
            }
            if let Some([east, north]) = finding.place {
                sheet.write_number(row, 11, east)?;
                sheet.write_number(row, 12, north)?;
            }
        }
        for (width, column) in [14.0, 10.0, 14.0, 14.0, 26.0, 12.0, 24.0, 60.0]
            .into_iter()
            .zip(0u16..)
        {
            sheet.set_column_width(column, width)?;
        }
        let last = u32::try_from(piece.len()).unwrap_or(u32::MAX);
        sheet.autofilter(0, 0, last, 12)?;
    }
    book.save_to_buffer()
}

fn overview(book: &mut Workbook, heading: &Format, report: &Report) -> Result<(), XlsxError> {
    let sheet = book.add_worksheet();
    sheet.set_name("汇总")?;
    let mut row = 0u32;
    for (name, value) in [
        ("检查对象", report.package.clone()),
        ("范围", report.stage.to_owned()),
        ("规则版本", report.rules_version.clone()),
        ("检查日期", report.today.to_string()),
        ("强制问题", report.mandatory.to_string()),
        ("警告", report.warnings.to_string()),
        ("结论", report.verdict.name().to_owned()),
    ] {
        sheet.write_string_with_format(row, 0, name, heading)?;
        sheet.write_string(row, 1, value)?;
        row += 1;
    }
    row += 1;
    for (name, column) in ["指标", "算法", "结果", "要求", "是否达到"]
        .into_iter()
        .zip(0u16..)
    {
        sheet.write_string_with_format(row, column, name, heading)?;
    }
    for metric in &report.metrics.0 {
        row += 1;
        let passes = if metric.passes { "达到" } else { "未达到" };
        let texts = [
            metric.definition.name.clone(),
            metric.definition.what.clone(),
            metric.shown(),
            metric.threshold(),
            passes.to_owned(),
        ];
        for (text, column) in texts.into_iter().zip(0u16..) {
            sheet.write_string(row, column, text)?;
        }
    }
    row += 2;
    for (name, column) in [
        "规则",
        "规则内容",
        "严重程度",
        "检查记录",
        "强制问题",
        "警告",
        "处理办法",
    ]
    .into_iter()
    .zip(0u16..)
    {
        sheet.write_string_with_format(row, column, name, heading)?;
    }
    for line in &report.rules {
        row += 1;
        sheet.write_string(row, 0, &line.rule_id)?;
        sheet.write_string(row, 1, &line.title)?;
        sheet.write_string(row, 2, line.severity.name())?;
        if line.elsewhere.is_empty() {
            #[expect(clippy::cast_precision_loss, reason = "counts of rows")]
            for (count, column) in [line.rows, line.mandatory, line.warnings]
                .into_iter()
                .zip(3u16..)
            {
                sheet.write_number(row, column, count as f64)?;
            }
            sheet.write_string(row, 6, &line.action)?;
        } else {
            sheet.write_string(row, 6, format!("不在此处检查：{}", line.elsewhere))?;
        }
    }
    for (width, column) in [14.0, 60.0, 14.0, 12.0, 12.0, 12.0, 50.0]
        .into_iter()
        .zip(0u16..)
    {
        sheet.set_column_width(column, width)?;
    }
    Ok(())
}

//! 信息验证 and 文件验证: whether what somebody says of a certificate, or a file, is right.

use super::*;

/// Information that is to be verified.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SharingInfo {
    /// 证照编号 or 证照标识.
    certificate: String,
    /// Name of a holder.
    #[serde(default)]
    holder_name: Option<String>,
    /// Identity number of that holder.
    #[serde(default)]
    holder_code: Option<String>,
    /// 不动产单元号.
    #[serde(default)]
    unit_code: Option<String>,
}

/// What a verification says.
#[derive(Debug, Serialize, ToSchema)]
pub struct SharedVerdict {
    /// Code of the standard. 信息验证: 0 right and valid, 2 right and suspended, 3 right and ended, 4 too
    /// little given, 5 not found, 6 does not fit. 文件验证: 0 right, 1 signature wrong, 2 file wrong.
    code: u8,
    /// In Chinese.
    message: String,
}

fn info_message(code: u8) -> &'static str {
    match code {
        0 => "信息正确且有效",
        1 => "信息正确且未激活",
        2 => "信息正确且证照暂时失效",
        3 => "信息正确且证照已失效",
        4 => "信息不全，无法验证",
        5 => "查无此信息",
        _ => "信息错误，参数不一致",
    }
}

/// 信息验证: whether what somebody says of a certificate is right.
#[utoipa::path(post, path = "/sharing/verify-info", operation_id = "sharing_verify_info", request_body = SharingInfo, security(("sharing" = [])),
    responses((status = 200, body = SharingAnswer<SharedVerdict>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn sharing_verify_info(
    State(app): State<App>,
    caller: Caller,
    Body(given): Body<SharingInfo>,
) -> Result<Response, Problem> {
    let service = Service::VerifyInfo;
    let wanted = words("/certificate", &given.certificate, 160)?;
    let mut tx = caller.begin(&app, service).await?;
    let code = verify(&app, &mut tx, &given, &wanted).await?;
    caller
        .note(&mut tx, service, None, Some(&wanted), &code.to_string())
        .await?;
    tx.commit().await?;
    let data = SharedVerdict {
        code,
        message: info_message(code).to_owned(),
    };
    Ok(answer("0", "成功", Some(data)))
}

async fn verify(
    app: &App,
    tx: &mut TenantTx,
    given: &SharingInfo,
    wanted: &str,
) -> Result<u8, Problem> {
    // a number alone proves nothing: whoever verifies knows the holder too
    let Some(name) = given
        .holder_name
        .as_deref()
        .filter(|n| !n.trim().is_empty())
    else {
        return Ok(4);
    };
    let Some(c) = find(tx, wanted).await? else {
        return Ok(5);
    };
    let holders = record::holders(tx, &c).await?;
    let key = app.library_key();
    let mut fits = false;
    for h in holders.iter().filter(|h| same_name(&h.name, name)) {
        fits |= match &given.holder_code {
            None => true,
            Some(code) => h.id_number(&key)?.is_some_and(|own| same_name(&own, code)),
        };
    }
    let unit = given.unit_code.as_deref().is_none_or(|u| {
        let plain: String = u.chars().filter(|c| !c.is_whitespace()).collect();
        c.unit_code
            .as_deref()
            .is_some_and(|own| plain.eq_ignore_ascii_case(own))
    });
    Ok(if fits && unit {
        c.state().verification_code()
    } else {
        6
    })
}

/// A file that is to be verified.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SharingCheckedFile {
    /// OFD or PDF, base 64, 10 MB at most.
    file: String,
}

/// 文件验证: whether a file is as it was sealed.
#[utoipa::path(post, path = "/sharing/verify-file", operation_id = "sharing_verify_file", request_body = SharingCheckedFile, security(("sharing" = [])),
    responses((status = 200, body = SharingAnswer<SharedVerdict>), (status = "4XX", body = Problem, content_type = "application/problem+json"),
              (status = 503, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn sharing_verify_file(
    State(app): State<App>,
    caller: Caller,
    Body(given): Body<SharingCheckedFile>,
) -> Result<Response, Problem> {
    let service = Service::VerifyFile;
    let content = base64::engine::general_purpose::STANDARD
        .decode(given.file.trim())
        .map_err(|_| Problem::field("/file", "not_base64", "不是有效的 Base64 内容"))?;
    if content.is_empty() || content.len() > FILE_MAX {
        let message = "文件应为 1 字节至 10 MB";
        return Err(Problem::field("/file", "size", message));
    }
    let mut tx = caller.begin(&app, service).await?;
    let said = app
        .office()
        .check_file(&app, &mut tx, content, caller.now)
        .await?;
    let signature = said
        .steps
        .iter()
        .any(|s| s.passed == Some(false) && s.code.starts_with("signature"));
    let (code, message) = match said.outcome {
        Outcome::Altered if signature => (1, "文件签章校验失败"),
        Outcome::Altered | Outcome::Unknown => (2, "文件校验失败"),
        _ => (0, "文件验证通过"),
    };
    caller
        .note(&mut tx, service, None, None, &code.to_string())
        .await?;
    tx.commit().await?;
    let data = SharedVerdict {
        code,
        message: message.to_owned(),
    };
    Ok(answer("0", "成功", Some(data)))
}

//! The fields of an account, checked before anything is written.

use crate::accounts::normalise_username;
use crate::manage::{NewStaff, StaffChanges, StaffError};

/// Longest name of a person, in characters.
const NAME_CHARS_MAX: usize = 50;
/// Longest telephone or licence number, in characters.
const NUMBER_CHARS_MAX: usize = 40;

/// The checked fields of an account.
pub(crate) struct Fields {
    pub(crate) name: String,
    pub(crate) phone: Option<String>,
    pub(crate) office_id: Option<String>,
    pub(crate) registrar_licence: Option<String>,
}

impl Fields {
    pub(crate) fn of_new(new: &NewStaff) -> Result<Fields, StaffError> {
        let NewStaff {
            name,
            phone,
            office_id,
            registrar_licence,
            ..
        } = new;
        Fields::check(name, phone, office_id, registrar_licence)
    }

    pub(crate) fn of_changes(changes: &StaffChanges) -> Result<Fields, StaffError> {
        let StaffChanges {
            name,
            phone,
            office_id,
            registrar_licence,
        } = changes;
        Fields::check(name, phone, office_id, registrar_licence)
    }

    fn check(
        name: &str,
        phone: &Option<String>,
        office_id: &Option<String>,
        registrar_licence: &Option<String>,
    ) -> Result<Fields, StaffError> {
        let name = name.trim();
        if name.is_empty() || too_long(name, NAME_CHARS_MAX) {
            return Err(StaffError::Field {
                field: "name",
                message: format!("姓名不能为空，且不超过 {NAME_CHARS_MAX} 个字"),
            });
        }
        Ok(Fields {
            name: name.to_owned(),
            phone: optional(phone, "phone", "电话")?,
            office_id: optional(office_id, "office_id", "办事点")?,
            registrar_licence: optional(registrar_licence, "registrar_licence", "登记员证号")?,
        })
    }
}

fn too_long(text: &str, max: usize) -> bool {
    text.chars().count() > max || text.chars().any(char::is_control)
}

/// A blank field is one not filled in.
fn optional(
    text: &Option<String>,
    field: &'static str,
    label: &str,
) -> Result<Option<String>, StaffError> {
    let text = text
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty());
    match text {
        Some(text) if too_long(text, NUMBER_CHARS_MAX) => Err(StaffError::Field {
            field,
            message: format!("{label}过长或含有不可见字符，请不超过 {NUMBER_CHARS_MAX} 个字符"),
        }),
        text => Ok(text.map(str::to_owned)),
    }
}

/// The user name as it is kept.
pub(crate) fn check_username(text: &str) -> Result<String, StaffError> {
    let username = normalise_username(text);
    let plain = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'-')
    };
    if !(2..=32).contains(&username.len()) || !username.bytes().all(plain) {
        return Err(StaffError::Field {
            field: "username",
            message: "登录名应为 2 到 32 个字符，只能使用字母、数字和 . _ -（不区分大小写）"
                .to_owned(),
        });
    }
    Ok(username)
}

/// A reason someone can read later.
pub(crate) fn required_reason(reason: &str) -> Result<String, StaffError> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > 500 {
        return Err(StaffError::Field {
            field: "reason",
            message: "请填写操作原因（不超过 500 字），原因将记入审计日志".to_owned(),
        });
    }
    Ok(reason.to_owned())
}

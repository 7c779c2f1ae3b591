//! Rights in land without buildings (净地): each parcel a unit of its own, as 《不动产登记暂行条例实施细则》
//! 第五条第二款 has it (没有房屋等建筑物、构筑物以及森林、林木定着物的，以土地、海域权属界线封闭的空间为不动产
//! 单元).

use super::{ELSEWHERE, Fates, Files, Fused, Input, Land, LandFacts, Tables, WITH_HOUSES};
use super::{ExistingRight, ExistingStock, ExistingUnit, Subject, one_in_force, sound, standard};
use dengbu_fusion::LandLink;
use dengbu_model::unit_code::{ParcelCode, UnitCode};

/// Puts every parcel with a right in its land and no building on it into the stock; rights in the
/// land of built parcels are told as part of the houses' titles.
pub fn load(
    fused: &Fused,
    input: &Input,
    t: &Tables<'_>,
    files: &Files,
    land: &Land,
    fates: &mut Fates,
    stock: &mut ExistingStock,
) {
    for (row, of) in fused.land.iter().enumerate() {
        if of.rights.is_empty() && (!of.told_by_parcel || of.built) {
            continue;
        }
        let code = fused.links.parcels[row].code.as_deref();
        let Some(code) = code.and_then(|c| ParcelCode::parse(c).ok()) else {
            continue;
        };
        let fate = if of.built {
            Err(WITH_HOUSES)
        } else if land.parcels.contains(code.as_str()) {
            unit(row, of, &code, input, t, files)
        } else {
            Err("所在宗地未入库")
        };
        let told = match fate {
            Ok(unit) => {
                let code = unit.code().as_str().to_owned();
                stock.units.push(unit);
                Ok(code)
            }
            Err(reason) => Err(reason.to_owned()),
        };
        for (right, holders) in of.rights.iter().zip(&of.holders) {
            fates.land_rights.insert(*right, told.clone());
            for holder in holders {
                fates.land_holders.insert(*holder, told.clone());
            }
        }
    }
    stock.units.sort_by(|a, b| a.code().cmp(b.code()));
}

fn unit(
    row: usize,
    of: &LandLink,
    code: &ParcelCode,
    input: &Input,
    t: &Tables<'_>,
    files: &Files,
) -> Result<ExistingUnit, &'static str> {
    let authority = input
        .counties
        .get(code.county().as_str())
        .ok_or(ELSEWHERE)?;
    let unit = UnitCode::parse(&format!("{}W00000000", code.as_str()))
        .map_err(|_| "不动产单元代码不合规则")?;
    let mut ownerships: Vec<ExistingRight> = Vec::new();
    for (right, holders) in of.rights.iter().zip(&of.holders) {
        ownerships.push(standard::land_use(
            (t.land_rights, *right as usize),
            (t.holders, holders),
            code,
            ownerships.len(),
            (input.today, files),
        )?);
    }
    if ownerships.is_empty() {
        ownerships.push(standard::land_use_of_parcel((t.parcels, row), code, files)?);
    }
    one_in_force(&ownerships)?;
    let surveyed = standard::parcel(t.parcels, row, code.clone());
    sound(ExistingUnit {
        authority: authority.clone(),
        subject: Subject::Land(LandFacts {
            unit,
            address: surveyed.address,
            area: surveyed.area,
            use_code: surveyed.use_code,
        }),
        ownerships,
        others: Vec::new(),
        provenance: files.provenance(t.parcels, row),
    })
}

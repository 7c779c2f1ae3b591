//! How electronic certificates are sealed, as the operator says.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::ValueEnum;
use dengbu_server::Config;
use dengbu_server::ecert::sealing::{self, Passphrase, SealPolicy};

/// Who vouches for the seals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum PolicyArg {
    /// 平台自建的测试证书机构：证照和查验页面都注明“测试证书”，不具有法律效力
    #[default]
    Test,
    /// 正式环境：只信任给定的根证书，不使用自建密钥
    Production,
}

/// 电子证照怎样签章
#[derive(clap::Args, Clone, Debug)]
pub struct SealArgs {
    /// 签章策略
    #[arg(long, value_enum, default_value_t, env = "DENGBU_SEAL_POLICY")]
    seal_policy: PolicyArg,
    /// 正式环境所信任的证书文件夹：根证书和中间证书（.cer .crt .der .pem）、makers 子文件夹中的制章单位证书、吊销列表（.crl）
    #[arg(long, value_name = "FOLDER", env = "DENGBU_SEAL_TRUST")]
    seal_trust: Option<PathBuf>,
    /// 存有密钥库口令的文件（权限 600）；不给出时用环境变量 DENGBU_SEAL_PASSPHRASE，再没有就用数据文件夹 keys/seals.passphrase（首次启动随机生成）
    #[arg(long, value_name = "FILE", env = "DENGBU_SEAL_PASSPHRASE_FILE")]
    seal_passphrase_file: Option<PathBuf>,
}

/// Name of the variable that holds the passphrase itself.
const PASSPHRASE: &str = "DENGBU_SEAL_PASSPHRASE";

impl SealArgs {
    /// Whether the platform is its own test authority.
    pub fn is_test(&self) -> bool {
        self.seal_policy == PolicyArg::Test
    }

    /// The configuration with the folders of certificates and keys below `data`.
    ///
    /// # Errors
    /// What the operator said cannot be: in words.
    pub fn apply(&self, config: Config, data: &Path) -> anyhow::Result<Config> {
        let seal_policy = match (self.seal_policy, &self.seal_trust) {
            (PolicyArg::Test, None) => SealPolicy::Test,
            (PolicyArg::Test, Some(_)) => {
                bail!("--seal-trust 只用于正式环境，请同时给出 --seal-policy production")
            }
            (PolicyArg::Production, None) => {
                bail!("正式环境须用 --seal-trust 给出所信任的证书文件夹")
            }
            (PolicyArg::Production, Some(folder)) => {
                if config.demo {
                    bail!("演示城市只能用测试证书：请去掉 --seal-policy production 或 --demo");
                }
                // read once now, so that a wrong folder is told at the start
                sealing::trust(folder)?;
                SealPolicy::Production {
                    trust: folder.clone(),
                }
            }
        };
        let seal_passphrase = match (&self.seal_passphrase_file, std::env::var(PASSPHRASE)) {
            (Some(file), _) => Some(Passphrase::of_file(file)?),
            (None, Ok(text)) => Some(Passphrase::given(&text, PASSPHRASE)?),
            (None, Err(_)) => None,
        };
        Ok(Config {
            certificate_dir: Some(data.join("certificates")),
            seal_key_dir: Some(data.join("keys")),
            seal_policy,
            seal_passphrase,
            ..config
        })
    }
}

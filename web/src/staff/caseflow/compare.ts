import type { Application, CaseView, Party, RightContent, RightView } from '@/api/types';
import { groupMoney, moneyInWords } from '@/format/money';
import { showDateTime } from '@/format/time';
import { CONTENT } from './content/fields';

/** Rows 登记簿现状 | 申请内容, with the mark 变更 where they differ. */
export interface FactRow {
  label: string;
  register: string;
  application: string;
  changed: boolean;
}
type NameOf = (
  list: 'idKind' | 'coOwnership' | 'mortgageMethod' | 'delivery',
  code: string | null | undefined,
) => string;

function people(parties: { party: Party; share?: string | null }[], nameOf: NameOf): string {
  return parties
    .map(({ party, share }) =>
      [
        party.name,
        party.id?.number ? `${nameOf('idKind', party.id.kind)} ${party.id.number}` : '',
        share ? `份额 ${share}` : '',
        party.agent ? `代理人 ${party.agent.name}` : '',
      ]
        .filter(Boolean)
        .join('，'),
    )
    .join('；');
}
function holdersOf(right: RightView | undefined): string {
  return (
    right?.holders
      .map((h) =>
        [
          h.name,
          h.id_number_masked ? `${h.id_kind_name ?? ''} ${h.id_number_masked}` : '',
          h.share ? `份额 ${h.share}` : '',
        ]
          .filter(Boolean)
          .join('，'),
      )
      .join('；') ?? ''
  );
}
export function titleOf(view: CaseView): RightView | undefined {
  return view.units[0]?.rights.find(
    (r) =>
      r.status === 'current' &&
      !['mortgage', 'seizure', 'caution', 'priority_notice', 'restriction', 'habitation', 'easement'].includes(r.kind),
  );
}
function field(right: RightView | undefined, ...words: string[]): string {
  return right?.fields.find((f) => words.some((w) => f.label.includes(w)))?.value ?? '';
}
/** Whether the register's page says the same as the application: areas have their unit there. */
export function sameFact(register: string, application: string): boolean {
  return register.replace(/\s*(㎡|平方米)$/, '') === application.replace(/\s*(㎡|平方米)$/, '');
}
const row = (
  label: string,
  register: string,
  application: string,
  changed = !sameFact(register, application),
): FactRow => ({
  label,
  register,
  application,
  changed: changed && application !== '',
});
const sum = (value: string | null): string => (value ? `${groupMoney(value)} 元（${moneyInWords(value)}）` : '');

/** What a content says beside what the register's page says under the same name. */
function contentRows(content: RightContent | null, right?: RightView): FactRow[] {
  return (CONTENT[content?.kind ?? ''] ?? []).flatMap((f) => {
    const given = content?.[f.name];
    if (given === null || given === undefined || given === '') return [];
    const said =
      given === true ? '是' : given === false ? '否' : f.type === 'money' ? sum(String(given)) : String(given);
    const before = right?.fields.find((r) => r.label === f.label)?.value ?? '';
    return [row(f.label, before, said, !!before && !sameFact(before, said))];
  });
}

export function compareFacts(view: CaseView, application: Application, nameOf: NameOf): FactRow[] {
  const title = titleOf(view);
  const holders = people(application.holders, nameOf);
  const obligors = people(
    application.obligors.map((party) => ({ party })),
    nameOf,
  );
  const d = application.detail;
  const common = [
    row('登记原因', '', application.reason ?? ''),
    row('不动产权证号', title?.certificate_no ?? '', '', false),
  ];
  switch (d.kind) {
    case 'transfer':
      return [
        ...common,
        row('权利人', holdersOf(title), holders),
        row('转让方（申请书）', holdersOf(title), obligors, false),
        row('共有情况', title?.co_ownership_name ?? '', nameOf('coOwnership', application.co_ownership)),
        row('取得价格', field(title, '价格'), sum(d.price)),
        row('买卖合同', '', [d.contract_no, d.contract_date].filter(Boolean).join('，')),
        row('契税完税凭证', '', d.deed_tax_proof_no ?? ''),
      ];
    case 'mortgage':
      return [
        ...common,
        row('抵押权人', '（无）', holders),
        row('抵押人', holdersOf(title), obligors, false),
        row('抵押方式', '', nameOf('mortgageMethod', d.method)),
        row(
          d.method === '2' ? '最高债权额' : '被担保主债权数额',
          '',
          sum(d.method === '2' ? d.maximum_amount : d.secured_amount),
        ),
        row('债务履行期限', '', [d.term_start, d.term_end].filter(Boolean).join(' 至 ')),
        row('担保范围', '', d.scope ?? ''),
        row(
          '限制转让约定',
          '',
          d.transfer_restricted === null || d.transfer_restricted === undefined
            ? ''
            : d.transfer_restricted
              ? '有'
              : '没有',
        ),
        row('抵押合同', '', d.contract_no ?? ''),
        row('债务人', '', d.debtor ?? ''),
      ];
    case 'mortgage_release': {
      const right = view.units.flatMap((u) => u.rights).find((r) => r.right_id === d.mortgage_right_id);
      return [
        row('登记原因', '', application.reason ?? ''),
        row('抵押权', right?.status === 'current' ? '现势' : '', '注销'),
        row('不动产证明号', right?.certificate_no ?? '', '', false),
        row('抵押权人', holdersOf(right), holders || '', false),
        ...(right?.fields ?? [])
          .filter((f) => /数额|债权额|期限/.test(f.label))
          .map((f) => row(f.label, f.value, '', false)),
        row('注销原因', '', d.cause ?? ''),
        row('同意注销文件', '', d.creditor_consent_no ?? ''),
      ];
    }
    case 'seizure':
      return [
        ...common,
        row('权利人', holdersOf(title), '', false),
        row('查封机关', '', d.court ?? ''),
        row('查封文件', '', [d.document, d.document_no].filter(Boolean).join(' ')),
        row('查封期限', '', [d.start, d.end].filter(Boolean).join(' 至 ')),
        row('送达时间', '', showDateTime(d.served_at)),
        row('送达人员', '', d.officers.map((o) => `${o.name}（${o.certificate_no}）`).join('、')),
        row('查封范围', '', d.scope ?? ''),
      ];
    case 'establish':
      return [
        ...common,
        row('权利人', holdersOf(title), holders),
        row('义务人', '', obligors, false),
        row('权源文件', '', d.source_no ?? ''),
        ...contentRows(d.content),
      ];
    case 'amend':
    case 'release': {
      const right = view.units.flatMap((u) => u.rights).find((r) => r.right_id === d.right_id) ?? title;
      return [
        row('登记原因', '', application.reason ?? ''),
        row('权利类型', right?.right_type_name ?? '', '', false),
        row('证书（证明）号', right?.certificate_no ?? '', '', false),
        row('权利人', holdersOf(right), holders, d.kind === 'amend'),
        ...(d.kind === 'amend'
          ? [
              row('变更事项', '', d.matter ?? ''),
              row('坐落', view.units[0]?.address ?? '', d.address ?? ''),
              ...contentRows(d.content, right),
            ]
          : [row('注销（解除）原因', '', d.cause ?? ''), row('依据文件', '', d.paper_no ?? '')]),
      ];
    }
    case 'reshape':
      return [
        ...common,
        row('原不动产单元', d.from.join('、'), '', false),
        row('新不动产单元', '', d.to.map((t) => t.unit).join('、')),
      ];
  }
}

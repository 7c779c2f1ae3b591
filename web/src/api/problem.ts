import type { Violation } from './types';

export interface FieldProblem {
  field: string;
  code: string;
  message: string;
}

/** Any failed call, with words for the person: what is wrong and what to do. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    readonly requestId: string | null,
    readonly errors: FieldProblem[] = [],
    readonly violations: Violation[] = [],
  ) {
    super(detail || title);
    this.name = 'ApiProblem';
  }

  /** One sentence for a banner. The request number lets the help desk find the log line. */
  get text(): string {
    const said = this.detail && this.detail !== this.title ? `${this.title}：${this.detail}` : this.title;
    return this.requestId && this.status >= 500 ? `${said}（请求编号 ${this.requestId}）` : said;
  }
  get offline(): boolean {
    return this.status === 0;
  }
  get stale(): boolean {
    return this.status === 409 && this.code === 'stale_version';
  }
}

/** What to say when the server (or a proxy before it) answered without a problem document. */
const BY_STATUS: Record<number, [string, string]> = {
  0: ['连接不上服务器', '请检查网络，稍后再试；已填写的内容还在页面上。'],
  400: ['填写的内容有误', '请按提示修改后再提交。'],
  401: ['登录已失效', '请重新登录，已填写的内容会保留。'],
  403: ['没有权限', '您的岗位不能做这一步，如确需办理请联系系统管理员。'],
  404: ['没有找到', '请核对编号，或它不在您的登记机构范围内。'],
  409: ['内容已被他人改动', '请重新载入后再操作。'],
  412: ['缺少版本号', '请重新载入本页后再操作。'],
  413: ['文件太大', '每个文件不超过 20 MB，请压缩或拆分后再上传。'],
  415: ['文件类型不支持', '请上传 PDF、JPG 或 PNG 文件。'],
  422: ['填写的内容有误', '请按提示修改后再提交。'],
  423: ['账号已锁定', '连续输错次数过多，请稍后再试或联系系统管理员。'],
  429: ['操作过于频繁', '请稍等片刻再试。'],
  503: ['系统正忙', '请稍后再试。'],
};

export function problemFor(status: number): ApiProblem {
  const [title, detail] = BY_STATUS[status] ?? ['系统出错了', '操作没有完成，请稍后再试；再次出错请联系系统管理员。'];
  return new ApiProblem(status, status === 0 ? 'offline' : `http_${status}`, title, detail, null);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function fieldProblems(value: unknown): FieldProblem[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((row: unknown) => {
    if (typeof row !== 'object' || row === null) return [];
    const { field, code, message } = row as Record<string, unknown>;
    return typeof message === 'string' ? [{ field: text(field), code: text(code), message }] : [];
  });
}

/** Reads `application/problem+json`; anything else becomes a sentence chosen by the status. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const plain = problemFor(response.status);
  const requestId = response.headers.get('x-request-id');
  try {
    const body = (await response.json()) as Record<string, unknown>;
    return new ApiProblem(
      response.status,
      text(body['code']) || plain.code,
      text(body['title']) || plain.title,
      text(body['detail']) || plain.detail,
      text(body['request_id']) || requestId,
      fieldProblems(body['errors']),
      Array.isArray(body['violations']) ? (body['violations'] as Violation[]) : [],
    );
  } catch {
    return new ApiProblem(response.status, plain.code, plain.title, plain.detail, requestId);
  }
}

/** Any thrown thing as a problem, so that pages have one kind of error to show. */
export function asProblem(thrown: unknown): ApiProblem {
  if (thrown instanceof ApiProblem) return thrown;
  return new ApiProblem(
    -1,
    'page',
    '页面出错了',
    thrown instanceof Error ? thrown.message : '请刷新页面后再试。',
    null,
  );
}

import { apiUrl, client, csrfToken, head, newKey, ok, segment } from './http';
import { problemFor, problemOf } from './problem';
import type { components, paths } from './schema';
import type { Listed } from './types';

type S = components['schemas'];
export type Source = S['SourceView'];
export type Package = S['PackageView'];
export type SourceDetail = S['SourceDetail'];
export type Mapping = S['MappingView'];
export type MappingVersion = S['MappingVersion'];
export type MappingWords = S['MappingWords'];
export type MappingRule = S['MappingRule'];
export type MappingEdit = S['MappingEdit'];
export type CheckedMapping = S['CheckedMapping'];
export type MappingFault = S['MappingFault'];
export type MappingPreview = S['MappingPreview'];
export type OutlineTable = S['OutlineTable'];
export type OutlineRow = S['OutlineRow'];
export type OutlineField = S['OutlineField'];
export type SourceProfile = S['SourceProfile'];
export type ProfiledTable = S['ProfiledTable'];
export type Run = S['RunView'];
export type RunDetail = S['RunDetail'];
export type Finding = S['Finding'];
export type FindingCount = S['Count'];
export type SourceRow = S['Record'];
export type Doubt = S['DoubtView'];
export type DoubtPage = S['DoubtPage'];
export type Side = S['Side'];
export type Decision = S['NewDecision'];
export type Batch = S['BatchView'];
export type BatchDetail = S['BatchDetail'];
export type BatchUnit = S['BatchUnit'];
export type FindingQuery = NonNullable<paths['/api/v1/intake/runs/{run_id}/findings']['get']['parameters']['query']>;
export type RecordQuery = NonNullable<paths['/api/v1/intake/runs/{run_id}/records']['get']['parameters']['query']>;
export type DoubtQuery = NonNullable<paths['/api/v1/intake/runs/{run_id}/doubts']['get']['parameters']['query']>;

const of = (run_id: string) => ({ path: { run_id } });
const no = (batch_no: string) => ({ path: { batch_no } });

/** Sends a delivery as it is, telling how much has gone: `fetch` cannot tell. */
function upload(source: string, file: File, told: (part: number) => void): Promise<Package> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const name = encodeURIComponent(file.name);
    request.open('POST', `${apiUrl(`/intake/sources/${segment(source)}/packages`)}?file_name=${name}`);
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.setRequestHeader('X-CSRF-Token', csrfToken());
    request.upload.onprogress = (e) => {
      if (e.lengthComputable) told(e.loaded / e.total);
    };
    request.onerror = () => reject(problemFor(0));
    request.onload = () => {
      if (request.status < 400) resolve(JSON.parse(request.responseText) as Package);
      else
        problemOf(new Response(request.responseText, { status: request.status })).then(reject, () =>
          reject(problemFor(request.status)),
        );
    };
    request.send(file);
  });
}

export const intakeApi = {
  sources: async (): Promise<Source[]> => (await ok(client.GET('/api/v1/intake/sources'))).items,
  create: (source: string, title: string, key: string): Promise<Source> =>
    ok(client.POST('/api/v1/intake/sources', { params: { header: head(key) }, body: { source, title } })),
  source: (source: string): Promise<SourceDetail> =>
    ok(client.GET('/api/v1/intake/sources/{source}', { params: { path: { source } } })),
  upload,
  mapping: (source: string, version?: number): Promise<Mapping> =>
    ok(client.GET('/api/v1/intake/sources/{source}/mapping', { params: { path: { source }, query: { version } } })),
  mappingVersions: async (source: string): Promise<MappingVersion[]> =>
    (await ok(client.GET('/api/v1/intake/sources/{source}/mapping/versions', { params: { path: { source } } }))).items,
  saveMapping: (
    source: string,
    version: number,
    body: string,
    package_id: string | null,
    key: string,
  ): Promise<Mapping> =>
    ok(
      client.PUT('/api/v1/intake/sources/{source}/mapping', {
        params: { path: { source }, header: head(key, version) },
        body: { body, package_id },
      }),
    ),
  mappingWords: (): Promise<MappingWords> => ok(client.GET('/api/v1/intake/mapping-words')),
  profile: (package_id: string): Promise<SourceProfile> =>
    ok(client.GET('/api/v1/intake/packages/{package_id}/profile', { params: { path: { package_id } } })),
  checkMapping: (package_id: string, body: string, edits: MappingEdit[] = []): Promise<CheckedMapping> =>
    ok(
      client.POST('/api/v1/intake/packages/{package_id}/mapping-check', {
        params: { path: { package_id }, header: head(newKey()) },
        body: { body, edits },
      }),
    ),
  previewMapping: (package_id: string, body: string, table: string, count: number): Promise<MappingPreview> =>
    ok(
      client.POST('/api/v1/intake/packages/{package_id}/mapping-preview', {
        params: { path: { package_id }, header: head(newKey()) },
        body: { body, table, count },
      }),
    ),
  runs: async (query: { source?: string; limit?: number; cursor?: string }) =>
    (await ok(client.GET('/api/v1/intake/runs', { params: { query } }))) as Listed<Run>,
  run: (id: string): Promise<RunDetail> => ok(client.GET('/api/v1/intake/runs/{run_id}', { params: of(id) })),
  ask: (package_id: string | null, key: string): Promise<Run> =>
    ok(client.POST('/api/v1/intake/runs', { params: { header: head(key) }, body: { package_id } })),
  stop: (id: string, key: string): Promise<Run> =>
    ok(client.POST('/api/v1/intake/runs/{run_id}/stop', { params: { ...of(id), header: head(key) } })),
  resume: (id: string, key: string): Promise<Run> =>
    ok(client.POST('/api/v1/intake/runs/{run_id}/resumption', { params: { ...of(id), header: head(key) } })),
  findings: async (id: string, query: FindingQuery) =>
    (await ok(
      client.GET('/api/v1/intake/runs/{run_id}/findings', { params: { ...of(id), query } }),
    )) as Listed<Finding>,
  counts: async (id: string): Promise<FindingCount[]> =>
    (await ok(client.GET('/api/v1/intake/runs/{run_id}/finding-counts', { params: of(id) }))).items,
  exportUrl: (id: string, query: FindingQuery): string => {
    const parts = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value) parts.set(name, String(value));
    return `${apiUrl(`/intake/runs/${segment(id)}/findings/export`)}?${parts.toString()}`;
  },
  records: async (id: string, query: RecordQuery) =>
    (await ok(
      client.GET('/api/v1/intake/runs/{run_id}/records', { params: { ...of(id), query } }),
    )) as Listed<SourceRow>,
  doubts: (id: string, query: DoubtQuery): Promise<DoubtPage> =>
    ok(client.GET('/api/v1/intake/runs/{run_id}/doubts', { params: { ...of(id), query } })),
  decide: (id: string, body: Decision, key: string): Promise<Doubt> =>
    ok(client.POST('/api/v1/intake/runs/{run_id}/decisions', { params: { ...of(id), header: head(key) }, body })),
  batches: async (query: { limit?: number; cursor?: string }) =>
    (await ok(client.GET('/api/v1/intake/batches', { params: { query } }))) as Listed<Batch>,
  batch: (batch: string): Promise<BatchDetail> =>
    ok(client.GET('/api/v1/intake/batches/{batch_no}', { params: no(batch) })),
  batchUnits: async (batch: string, query: { state?: string; limit?: number; cursor?: string }) =>
    (await ok(
      client.GET('/api/v1/intake/batches/{batch_no}/units', { params: { ...no(batch), query } }),
    )) as Listed<BatchUnit>,
  open: (run_id: string, key: string): Promise<Batch> =>
    ok(client.POST('/api/v1/intake/batches', { params: { header: head(key) }, body: { run_id } })),
  release: (batch: string, key: string): Promise<Batch> =>
    ok(client.POST('/api/v1/intake/batches/{batch_no}/publication', { params: { ...no(batch), header: head(key) } })),
  pause: (batch: string, key: string): Promise<Batch> =>
    ok(client.POST('/api/v1/intake/batches/{batch_no}/pause', { params: { ...no(batch), header: head(key) } })),
  undo: (batch: string, reason: string, key: string): Promise<Batch> =>
    ok(
      client.POST('/api/v1/intake/batches/{batch_no}/rollback', {
        params: { ...no(batch), header: head(key) },
        body: { reason },
      }),
    ),
};

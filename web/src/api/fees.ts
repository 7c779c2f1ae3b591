import { apiUrl, client, head, ok, segment } from './http';
import type { components, paths } from './schema';

type S = components['schemas'];
type Query<P extends keyof paths> = paths[P] extends { get: { parameters: { query?: infer Q } } }
  ? NonNullable<Q>
  : never;
export type FeeOrder = S['FeeOrderSummary'];
export type FeeOrderView = S['FeeOrderView'];
export type FeePayment = S['FeePaymentView'];
export type FeeDay = S['FeeDayView'];
export type FeeMonth = S['FeeMonthView'];
export type FeeTariff = S['TariffView'];
export type FeeSettings = S['FeeSettingsView'];
export type CaseFee = S['CaseFeeView'];
export type FeeEstimate = S['FeeEstimate'];
export type TaxEstimate = S['TaxEstimate'];
export type FeeBox = NonNullable<OrderQuery['box']>;
export type Method = S['MethodName'];
export type UseClass = S['UseClassName'];
export type OrderQuery = Query<'/api/v1/fee-orders'>;
export type FeeQuestion = Query<'/api/v1/fee-estimate'>;
export type TaxQuestion = Query<'/api/v1/tax-estimate'>;

const order = (order_no: string, key: string, version: number) => ({
  path: { order_no },
  header: head(key, version),
});

export const feesApi = {
  list: (query: OrderQuery): Promise<S['OrderPage']> => ok(client.GET('/api/v1/fee-orders', { params: { query } })),
  read: (order_no: string): Promise<FeeOrderView> =>
    ok(client.GET('/api/v1/fee-orders/{order_no}', { params: { path: { order_no } } })),
  ofCase: (case_no: string): Promise<CaseFee> =>
    ok(client.GET('/api/v1/cases/{case_no}/fee', { params: { path: { case_no } } })),
  assess: (case_no: string, body: S['AssessRequest'], key: string): Promise<CaseFee> =>
    ok(client.POST('/api/v1/cases/{case_no}/fee', { params: { path: { case_no }, header: head(key) }, body })),
  exempt: (no: string, version: number, body: S['ExemptRequest'], key: string): Promise<FeeOrderView> =>
    ok(client.POST('/api/v1/fee-orders/{order_no}/exemption', { params: order(no, key, version), body })),
  onAccount: (no: string, version: number, monthly: boolean, key: string): Promise<FeeOrderView> =>
    ok(client.POST('/api/v1/fee-orders/{order_no}/account', { params: order(no, key, version), body: { monthly } })),
  pay: (no: string, version: number, body: S['PayRequest'], key: string): Promise<S['FeePaidView']> =>
    ok(client.POST('/api/v1/fee-orders/{order_no}/payments', { params: order(no, key, version), body })),
  refund: (no: string, version: number, body: S['RefundRequest'], key: string): Promise<S['FeePaidView']> =>
    ok(client.POST('/api/v1/fee-orders/{order_no}/refunds', { params: order(no, key, version), body })),
  day: (day: string): Promise<FeeDay> => ok(client.GET('/api/v1/fee-days/{day}', { params: { path: { day } } })),
  count: (day: string, body: S['CountRequest'], key: string): Promise<FeeDay> =>
    ok(client.POST('/api/v1/fee-days/{day}/counts', { params: { path: { day }, header: head(key) }, body })),
  dayCsv: (day: string): string => apiUrl(`/fee-days/${segment(day)}/csv`),
  month: (month: string): Promise<FeeMonth> =>
    ok(client.GET('/api/v1/fee-months/{month}', { params: { path: { month } } })),
  monthCsv: (month: string, payer: string): string =>
    apiUrl(`/fee-months/${segment(month)}/csv?payer=${segment(payer)}`),
  monthOrders: async (month: string, payer: string): Promise<FeeOrder[]> =>
    (await ok(client.GET('/api/v1/fee-months/{month}/orders', { params: { path: { month }, query: { payer } } })))
      .items,
  settle: (month: string, body: S['SettleRequest'], key: string): Promise<S['FeeStatementView']> =>
    ok(client.POST('/api/v1/fee-months/{month}/settlements', { params: { path: { month }, header: head(key) }, body })),
  tariff: (): Promise<FeeTariff> => ok(client.GET('/api/v1/fee-tariff')),
  estimateFee: (query: FeeQuestion): Promise<FeeEstimate> =>
    ok(client.GET('/api/v1/fee-estimate', { params: { query } })),
  estimateTax: (query: TaxQuestion): Promise<TaxEstimate> =>
    ok(client.GET('/api/v1/tax-estimate', { params: { query } })),
  settings: (): Promise<FeeSettings> => ok(client.GET('/api/v1/authority/fees')),
  saveSettings: (body: FeeSettings, key: string): Promise<FeeSettings> =>
    ok(client.PUT('/api/v1/authority/fees', { params: { header: head(key) }, body })),
};

import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router';
import { useSession } from './stores/session';

declare module 'vue-router' {
  interface RouteMeta {
    title: string;
    /** One of these permissions opens the page; none = every signed-in person. */
    needs?: string[];
    /** No work tab and no shell (sign-in). */
    bare?: boolean;
  }
}

const page = (path: string, title: string, component: RouteRecordRaw['component'], needs?: string[]): RouteRecordRaw =>
  ({ path, component: component!, meta: { title, needs }, props: true }) as RouteRecordRaw;

const SEARCH = ['search_units', 'read_register', 'take_case', 'first_review', 'approve', 'record'];

export const routes: RouteRecordRaw[] = [
  { path: '/', redirect: '/staff/' },
  { path: '/staff/sign-in', component: () => import('./signin/SignInPage.vue'), meta: { title: '登录', bare: true } },
  {
    path: '/staff/',
    component: () => import('./work/WorkPage.vue'),
    props: { box: 'todo' },
    meta: { title: '待办箱' },
  },
  {
    path: '/staff/pool',
    component: () => import('./work/WorkPage.vue'),
    props: { box: 'pool' },
    meta: { title: '待认领' },
  },
  {
    path: '/staff/done',
    component: () => import('./work/WorkPage.vue'),
    props: { box: 'done' },
    meta: { title: '已办' },
  },
  page('/staff/accept/new', '新建受理', () => import('./accept/NewCasePage.vue'), ['take_case']),
  page('/staff/case/:caseNo', '案件', () => import('./caseflow/CasePage.vue')),
  page('/staff/service', '待送达', () => import('./service/WaitingPage.vue'), ['serve_document']),
  page('/staff/after-check', '事后抽查', () => import('./work/AfterCheckListPage.vue'), ['approve']),
  page('/staff/after-check/:caseNo', '抽查', () => import('./work/AfterCheckPage.vue'), ['approve']),
  page('/staff/unit/search', '查询单元', () => import('./unit/UnitSearchPage.vue'), SEARCH),
  page('/staff/unit/:code', '单元', () => import('./unit/UnitPage.vue'), SEARCH),
  page('/staff/book/unit/:code', '登记簿', () => import('./book/BookPage.vue'), SEARCH),
  page('/staff/lpb', '楼盘表', () => import('./building/BuildingSearchPage.vue'), SEARCH),
  page('/staff/lpb/:building', '楼盘表', () => import('./building/BuildingPage.vue'), SEARCH),
  page('/staff/parcel/:code', '宗地', () => import('./unit/ParcelPage.vue'), SEARCH),
  page('/staff/search', '资料查询', () => import('./search/SearchListPage.vue'), ['answer_search']),
  page('/staff/search/:searchNo', '查询申请', () => import('./search/SearchPage.vue'), ['answer_search']),
  page('/staff/cert/search', '证书查询', () => import('./cert/CertificatePage.vue')),
  page('/staff/cert/stock', '空白证库存', () => import('./cert/StockPage.vue')),
  page('/staff/cert/print', '打印校准', () => import('./cert/PrintPage.vue')),
  page('/staff/deputy', '代理', () => import('./work/DeputyPage.vue')),
  page('/staff/notice', '登记公告', () => import('./notice/NoticeListPage.vue')),
  page('/staff/cert/void', '遗失与作废公告', () => import('./cert/VoidPage.vue')),
  page('/staff/cert/old', '旧证收回', () => import('./cert/OldPaperPage.vue')),
  page('/staff/cert/series', '证号台账', () => import('./cert/SeriesPage.vue')),
  page('/staff/ecert', '电子证照库', () => import('./ecert/LibraryPage.vue'), ['read_certificates']),
  page('/staff/ecert/one/:id', '电子证照', () => import('./ecert/OnePage.vue'), ['read_certificates']),
  page('/staff/ecert/batches', '存量批量签发', () => import('./ecert/BatchPage.vue'), ['read_certificates']),
  page('/staff/ecert/figures', '电子证照统计', () => import('./ecert/FiguresPage.vue'), ['read_certificates']),
  page('/staff/ecert/seals', '电子印章', () => import('./ecert/SealPage.vue'), ['manage_seals']),
  page('/staff/ecert/sharing', '共享应用', () => import('./ecert/SharingPage.vue'), ['manage_sharing']),
  page('/staff/ecert/citizens', '公众账号', () => import('./ecert/CitizenPage.vue'), ['serve_citizens']),
  page('/staff/fee/desk', '收费台', () => import('./fee/FeeDeskPage.vue'), ['collect_fee']),
  page('/staff/fee/order/:orderNo', '缴款单', () => import('./fee/FeeOrderPage.vue'), ['collect_fee']),
  page('/staff/fee/receipt/:orderNo/:paymentId', '收据', () => import('./fee/ReceiptPage.vue'), ['collect_fee']),
  page('/staff/fee/day', '收费日结', () => import('./fee/FeeDayPage.vue'), ['collect_fee']),
  page('/staff/fee/month', '月结清单', () => import('./fee/FeeMonthPage.vue'), ['collect_fee']),
  page('/staff/fee/calculator', '税费试算', () => import('./fee/CalculatorPage.vue')),
  page('/staff/stats', '统计', () => import('./stats/StatsPage.vue'), ['read_statistics']),
  page('/staff/stats/board', '督办', () => import('./stats/BoardPage.vue'), ['read_statistics']),
  page('/staff/data/themes', '专题图', () => import('./data/ThemePage.vue'), ['read_register']),
  page('/staff/data/exports', '数据导出', () => import('./data/ExportPage.vue'), ['give_out_data']),
  page('/staff/data/subscriptions', '数据订阅', () => import('./data/SubscriptionPage.vue'), ['give_out_data']),
  page('/staff/intake', '数据源与运行', () => import('./intake/SourcesPage.vue'), ['integrate']),
  page('/staff/intake/run/:runId', '运行', () => import('./intake/RunPage.vue'), ['integrate']),
  page('/staff/intake/mapping', '字段对照', () => import('./intake/MappingPage.vue'), ['integrate']),
  page('/staff/intake/doubts', '待办核对', () => import('./intake/DoubtsPage.vue'), ['integrate']),
  page('/staff/intake/findings', '质检结果', () => import('./intake/FindingsPage.vue'), ['integrate']),
  page('/staff/intake/batches', '入库批次', () => import('./intake/BatchesPage.vue'), ['publish_titles']),
  page('/staff/intake/batch/:batchNo', '入库批次', () => import('./intake/BatchPage.vue'), ['publish_titles']),
  page('/staff/admin/fees', '收费参数', () => import('./fee/FeeSettingsPage.vue'), ['manage_settings']),
  page('/staff/admin/staff', '人员与授权', () => import('./admin/StaffPage.vue'), ['manage_staff']),
  page('/staff/admin/office', '办事点', () => import('./admin/OfficePage.vue'), ['manage_offices']),
  page('/staff/admin/authority', '机构参数', () => import('./admin/AuthorityPage.vue'), ['manage_settings']),
  page('/staff/admin/same-city', '同城通办', () => import('./admin/SameCityPage.vue'), ['manage_settings']),
  page('/staff/admin/automatic', '自动办理', () => import('./admin/AutomaticPage.vue'), ['manage_settings']),
  page('/staff/admin/business', '时限与材料', () => import('./admin/BusinessRulesPage.vue'), ['manage_settings']),
  page('/staff/admin/audit', '安全审计', () => import('./admin/AuditPage.vue'), ['read_audit']),
  page('/staff/admin/search-log', '查询监管', () => import('./admin/SearchLogPage.vue'), ['read_audit']),
  page('/staff/admin/register', '登记簿校验', () => import('./admin/RegisterHealthPage.vue'), ['verify_register']),
  page('/staff/admin/catalogue', '业务目录', () => import('./admin/CataloguePage.vue')),
  page('/staff/platform/tenants', '登记机构', () => import('./platform/TenantListPage.vue'), ['manage_tenants']),
  page('/staff/platform/tenants/new', '开通登记机构', () => import('./platform/NewTenantPage.vue'), ['manage_tenants']),
  page('/staff/help', '使用帮助', () => import('./help/HelpPage.vue')),
  page('/staff/forbidden', '没有权限', () => import('./help/ForbiddenPage.vue')),
  { path: '/:rest(.*)*', component: () => import('./help/NotFoundPage.vue'), meta: { title: '没有这个页面' } },
];

export const router = createRouter({ history: createWebHistory('/'), routes });

router.beforeEach(async (to) => {
  const session = useSession();
  if (!session.loaded) {
    try {
      await session.refresh();
    } catch {
      /* the sign-in page shows that the server cannot be reached */
    }
  }
  const open = session.gate === 'open';
  if (to.meta.bare) return open ? '/staff/' : true;
  if (!open) return { path: '/staff/sign-in', query: to.fullPath === '/staff/' ? {} : { next: to.fullPath } };
  if (to.meta.needs && !session.may(...to.meta.needs))
    return { path: '/staff/forbidden', query: { page: to.meta.title } };
  return true;
});

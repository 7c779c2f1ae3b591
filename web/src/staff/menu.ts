/** The left menu. An item is shown when the person has one of its permissions (none = everybody). */
export interface MenuItem {
  path: string;
  label: string;
  needs: string[];
  icon: string;
}
export interface MenuGroup {
  label: string;
  items: MenuItem[];
}

export const MENU: MenuGroup[] = [
  {
    label: '我的工作',
    items: [
      { path: '/staff/', label: '待办箱', needs: [], icon: 'M3 4h14v12H3zM3 11h4l1 2h4l1-2h4' },
      { path: '/staff/pool', label: '待认领', needs: [], icon: 'M4 3h12v4H4zM4 10h12v3H4zM4 15h12v2H4z' },
      { path: '/staff/done', label: '已办', needs: [], icon: 'M3 10l4 4 10-9' },
      {
        path: '/staff/service',
        label: '待送达',
        needs: ['serve_document'],
        icon: 'M3 5h14v10H3zM3 5l7 6l7-6',
      },
      {
        path: '/staff/after-check',
        label: '事后抽查',
        needs: ['approve'],
        icon: 'M8 3a5 5 0 1 0 0 10a5 5 0 1 0 0-10M12 12l5 5M6 8l1.500 1.500L10 6.500',
      },
    ],
  },
  {
    label: '受理',
    items: [
      { path: '/staff/accept/new', label: '新建受理', needs: ['take_case'], icon: 'M5 2h7l4 4v12H5zM10 9v6M7 12h6' },
      {
        path: '/staff/notice',
        label: '登记公告',
        needs: ['read_cases'],
        icon: 'M4 8v4h3l6 4V4L7 8zM16 7v6',
      },
    ],
  },
  {
    label: '单元与登记簿',
    items: [
      {
        path: '/staff/unit/search',
        label: '查询单元',
        needs: ['search_units'],
        icon: 'M9 3a6 6 0 1 0 0 12a6 6 0 1 0 0-12M13.500 13.500L18 18',
      },
      {
        path: '/staff/lpb',
        label: '楼盘表',
        needs: ['search_units'],
        icon: 'M4 2h12v16H4zM7 5h2M11 5h2M7 9h2M11 9h2M7 13h2M11 13h2',
      },
    ],
  },
  {
    label: '资料查询',
    items: [
      {
        path: '/staff/search',
        label: '资料查询',
        needs: ['answer_search'],
        icon: 'M4 2h8l4 4v5M4 2v16h6M13 12a3 3 0 1 0 0 6a3 3 0 1 0 0-6M15.500 17.500L18 20',
      },
    ],
  },
  {
    label: '证书',
    items: [
      {
        path: '/staff/cert/search',
        label: '证书查询',
        needs: ['read_certificates'],
        icon: 'M3 4h14v10H3zM7 8h6M10 14v4',
      },
      {
        path: '/staff/cert/stock',
        label: '空白证库存',
        needs: ['manage_stock', 'make_certificate'],
        icon: 'M3 6l7-4 7 4v9l-7 4-7-4zM3 6l7 4 7-4M10 10v9',
      },
      {
        path: '/staff/cert/print',
        label: '打印校准',
        needs: ['manage_stock', 'make_certificate'],
        icon: 'M5 2h10v5H5zM3 7h14v7H3zM6 12h8v6H6zM10 9v2M9 10h2',
      },
      {
        path: '/staff/cert/void',
        label: '遗失与作废公告',
        needs: ['read_certificates'],
        icon: 'M4 3h12v14H4zM7 7l6 6M13 7l-6 6',
      },
      {
        path: '/staff/cert/old',
        label: '旧证收回',
        needs: ['read_certificates'],
        icon: 'M4 4h9v12H4zM17 10H9M12 7l-3 3l3 3',
      },
      {
        path: '/staff/cert/series',
        label: '证号台账',
        needs: ['manage_stock', 'read_certificates', 'read_audit'],
        icon: 'M6 3v14M12 3v14M3 7h14M3 13h14',
      },
    ],
  },
  {
    label: '电子证照',
    items: [
      {
        path: '/staff/ecert',
        label: '电子证照库',
        needs: ['read_certificates'],
        icon: 'M3 4h14v12H3zM6 8h5M6 11h3M14 9a2 2 0 1 0 0 4a2 2 0 1 0 0-4',
      },
      {
        path: '/staff/ecert/batches',
        label: '存量批量签发',
        needs: ['issue_e_certificates'],
        icon: 'M5 2h12v12H5zM2 6v12h12M8 6h6M8 9h6',
      },
      {
        path: '/staff/ecert/figures',
        label: '电子证照统计',
        needs: ['issue_e_certificates', 'manage_seals'],
        icon: 'M3 17h14M5 17v-5M10 17V6M15 17v-8',
      },
      {
        path: '/staff/ecert/seals',
        label: '电子印章',
        needs: ['manage_seals'],
        icon: 'M8 3h4v6l3 3H5l3-3zM4 15h12v3H4z',
      },
      {
        path: '/staff/ecert/sharing',
        label: '共享应用',
        needs: ['manage_sharing'],
        icon: 'M5 7a3 3 0 1 0 0 6a3 3 0 1 0 0-6M15 2a3 3 0 1 0 0 6a3 3 0 1 0 0-6M15 12a3 3 0 1 0 0 6a3 3 0 1 0 0-6M8 9l4-3M8 11l4 3',
      },
      {
        path: '/staff/ecert/citizens',
        label: '公众账号',
        needs: ['serve_citizens'],
        icon: 'M10 3a3 3 0 1 0 0 6a3 3 0 1 0 0-6M4 17c0-4 3-6 6-6s6 2 6 6z',
      },
    ],
  },
  {
    label: '收费',
    items: [
      {
        path: '/staff/fee/desk',
        label: '收费台',
        needs: ['collect_fee'],
        icon: 'M3 6h14v9H3zM10 8v5M8 9.500h4M8 11.500h4',
      },
      { path: '/staff/fee/day', label: '收费日结', needs: ['collect_fee'], icon: 'M4 4h12v13H4zM4 8h12M8 2v4M12 2v4' },
      {
        path: '/staff/fee/month',
        label: '月结清单',
        needs: ['collect_fee'],
        icon: 'M5 3h10v14H5zM8 7h4M8 10h4M8 13h4',
      },
      {
        path: '/staff/fee/calculator',
        label: '税费试算',
        needs: [],
        icon: 'M5 2h10v16H5zM7 5h6v3H7zM7 11h1M10 11h1M13 11h1M7 14h1M10 14h1M13 14h1',
      },
    ],
  },
  {
    label: '统计与督办',
    items: [
      {
        path: '/staff/stats',
        label: '统计',
        needs: ['read_statistics'],
        icon: 'M3 17h14M5 17v-6M9 17V5M13 17v-9M17 17V8',
      },
      {
        path: '/staff/stats/board',
        label: '督办',
        needs: ['read_statistics'],
        icon: 'M10 2a3 3 0 0 1 3 3v10a3 3 0 0 1-6 0V5a3 3 0 0 1 3-3M10 6v1M10 10v1M10 14v1',
      },
    ],
  },
  {
    label: '数据分发',
    items: [
      {
        path: '/staff/data/themes',
        label: '专题图',
        needs: ['read_register'],
        icon: 'M3 5l5-2 4 2 5-2v12l-5 2-4-2-5 2zM8 3v12M12 5v12',
      },
      {
        path: '/staff/data/exports',
        label: '数据导出',
        needs: ['give_out_data'],
        icon: 'M10 3v9M6 9l4 4 4-4M4 16h12',
      },
      {
        path: '/staff/data/subscriptions',
        label: '数据订阅',
        needs: ['give_out_data'],
        icon: 'M4 4h12v9H4zM4 16h12M8 8h4',
      },
    ],
  },
  {
    label: '数据整合',
    items: [
      {
        path: '/staff/intake',
        label: '数据源与运行',
        needs: ['integrate'],
        icon: 'M4 5c0-2 12-2 12 0v10c0 2-12 2-12 0zM4 5c0 2 12 2 12 0M4 10c0 2 12 2 12 0',
      },
      {
        path: '/staff/intake/mapping',
        label: '字段对照',
        needs: ['integrate'],
        icon: 'M3 5h5M3 10h5M3 15h5M12 5h5M12 10h5M12 15h5M8 5l4 5M8 10l4-5M8 15h4',
      },
      {
        path: '/staff/intake/doubts',
        label: '待办核对',
        needs: ['integrate'],
        icon: 'M3 4h6v12H3zM11 4h6v12h-6zM5 8h2M13 8h2M5 11h2M13 11h2',
      },
      {
        path: '/staff/intake/findings',
        label: '质检结果',
        needs: ['integrate'],
        icon: 'M4 3h12v14H4zM7 7h6M7 10h6M7 13l1 1l2-2',
      },
      {
        path: '/staff/intake/batches',
        label: '入库批次',
        needs: ['publish_titles'],
        icon: 'M10 3v8M7 8l3 3l3-3M3 12v5h14v-5',
      },
    ],
  },
  {
    label: '管理',
    items: [
      {
        path: '/staff/admin/staff',
        label: '人员与授权',
        needs: ['manage_staff'],
        icon: 'M10 3a3 3 0 1 0 0 6a3 3 0 1 0 0-6M4 18c0-5 3-7 6-7s6 2 6 7',
      },
      {
        path: '/staff/admin/office',
        label: '办事点',
        needs: ['manage_offices'],
        icon: 'M3 17V8l7-5 7 5v9M8 17v-5h4v5',
      },
      {
        path: '/staff/admin/authority',
        label: '机构参数',
        needs: ['manage_settings'],
        icon: 'M3 6h14M3 10h14M3 14h14M7 4v4M13 8v4M6 12v4',
      },
      {
        path: '/staff/admin/business',
        label: '时限与材料',
        needs: ['manage_settings'],
        icon: 'M10 3a7 7 0 1 0 0 14a7 7 0 1 0 0-14M10 6v4l3 2',
      },
      {
        path: '/staff/admin/same-city',
        label: '同城通办',
        needs: ['manage_settings'],
        icon: 'M3 3h6v6H3zM11 3h6v6h-6zM3 11h6v6H3zM11 11h6v6h-6z',
      },
      {
        path: '/staff/admin/automatic',
        label: '自动办理',
        needs: ['manage_settings'],
        icon: 'M11 2L4 11h5l-1 7l8-10h-6z',
      },
      {
        path: '/staff/admin/fees',
        label: '收费参数',
        needs: ['manage_settings'],
        icon: 'M4 3h12v14H4zM7 7l3 3l3-3M10 10v5M8 12h4',
      },
      {
        path: '/staff/admin/audit',
        label: '安全审计',
        needs: ['read_audit'],
        icon: 'M10 2l7 3v5c0 4-3 7-7 8c-4-1-7-4-7-8V5z',
      },
      {
        path: '/staff/admin/search-log',
        label: '查询监管',
        needs: ['read_audit'],
        icon: 'M3 4h14v9H3zM6 16h8M7 7h6M7 10h4',
      },
      {
        path: '/staff/admin/register',
        label: '登记簿校验',
        needs: ['verify_register'],
        icon: 'M4 3h12v14H4zM7 10l2 2 4-4',
      },
      { path: '/staff/admin/catalogue', label: '业务目录', needs: [], icon: 'M4 3h9l3 3v11H4zM7 8h6M7 11h6M7 14h4' },
    ],
  },
  {
    label: '平台运维',
    items: [
      {
        path: '/staff/platform/tenants',
        label: '登记机构',
        needs: ['manage_tenants'],
        icon: 'M3 17V7l5-4v14M8 9h9v8M11 12h3M11 15h3',
      },
    ],
  },
  {
    label: '帮助',
    items: [{ path: '/staff/help', label: '使用帮助', needs: [], icon: 'M7 7a3 3 0 1 1 4 3c-1 .500-1 1-1 2M10 15v1' }],
  },
];

// What the console says, in Chinese and in English.

export const kKinds = ['policy', 'interpretation', 'notice_important', 'notice', 'news'];
export const kEvents = ['item', 'item.found', 'item.revised', 'item.withdrawn', 'source', 'delivery', 'delivery.planned',
  'delivery.attempted', 'delivery.settled', 'delivery.unconfirmed', 'delivery.reconciled', 'delivery.held', 'obligation',
  'channel', 'screen', 'user', 'login', 'service'];

// name: [Chinese, English]; {0} and so on are filled in.
const kWords = {
  product: ['联动', 'Liandong'],
  title: ['联动控制台', 'Liandong console'],
  hall_page: ['大厅屏页面', 'Hall page'],
  live_wait: ['连接中', 'Connecting'],
  live_on: ['实时', 'Live'],
  live_off: ['连接中断', 'Disconnected'],
  matrix: ['信息 × 渠道', 'Items × channels'],
  channels: ['渠道', 'Channels'],
  sources: ['来源', 'Sources'],
  log: ['同步日志', 'Sync log'],
  close: ['关闭', 'Close'],
  older: ['更早的', 'Older'],
  kind: ['类别', 'Kind'],
  channel: ['渠道', 'Channel'],
  event: ['事件', 'Event'],
  find: ['查找', 'Find'],
  find_title: ['查找标题', 'Find a title'],
  all_kinds: ['全部类别', 'All kinds'],
  all_channels: ['全部渠道', 'All channels'],
  all_events: ['全部事件', 'All events'],
  item: ['信息', 'Item'],
  no_items: ['还没有信息；来源读到新内容后会出现在这里。', 'Nothing yet. New items appear here as soon as a source shows them.'],
  no_entries: ['没有符合条件的记录', 'No entries match'],
  items_today: ['今日新见', 'Seen today'],
  items_all: ['累计 {0} 条', '{0} in all'],
  delivered: ['已送达', 'Delivered'],
  open_now: ['{0} 条在途', '{0} under way'],
  needs_person: ['待人工处理', 'Needs a person'],
  needs_person_note: ['暂扣 {0} · 失败 {1} · 待核实 {2}', '{0} held · {1} failed · {2} unconfirmed'],
  due: ['应发未达', 'Still due'],
  late: ['{0} 条逾期', '{0} late'],
  source_faults: ['来源故障', 'Source faults'],
  sources_all: ['共 {0} 个来源', '{0} sources'],
  ledger: ['台账记录', 'Ledger entries'],
  sealed: ['已签至 {0} 条，{1}', 'signed up to {0}, {1}'],
  not_sealed: ['尚未签名', 'not signed yet'],
  nothing_yet: ['尚无推送', 'nothing yet'],
  paused_because: ['已暂停：{0}', 'Paused: {0}'],
  drifted_posts: ['{0} 条已推送的内容被改动或已不在：到平台上看', '{0} posts were changed or are gone: look on the platform'],
  verdict_drifted: ['已被改动', 'changed'],
  verdict_vanished: ['已不在', 'gone'],
  mass_held: ['先看网站，再由审批人放行，或 liandong release --source {0}', 'Look at the site first; then an approver lets it go, or liandong release --source {0}'],
  held_part: ['{0} {1} 条信息、{2} 条推送', '{0}: {1} items, {2} deliveries'],
  restored: ['数据库像是旧备份（台账 {0} 条，外部检查点 {1} 条）：不推送任何内容。查明备份之后推送过什么，再 liandong release --all',
    'The database looks like an old backup (ledger {0} entries, outside checkpoint {1}): nothing is sent. Find out what was pushed since, then liandong release --all'],
  severity_warn: ['提醒', 'Warning'],
  severity_alarm: ['警告', 'Alarm'],
  severity_fail: ['不合格', 'Failed'],
  story: ['经过', 'Story'],
  next: ['接下来', 'What comes next'],
  rows_seen: ['列表 {0} 行', '{0} rows'],
  no_sources: ['尚未读取任何来源', 'No source was read yet'],
  never: ['尚未', 'never'],
  seconds_ago: ['{0} 秒前', '{0} s ago'],
  minutes_ago: ['{0} 分钟前', '{0} min ago'],
  hours_ago: ['{0} 小时前', '{0} h ago'],
  days_ago: ['{0} 天前', '{0} days ago'],
  type_weibo: ['微博', 'Weibo'],
  type_wechat: ['微信公众号', 'WeChat'],
  type_mastodon: ['Mastodon', 'Mastodon'],
  type_hall: ['大厅屏', 'Hall screens'],
  type_webhook: ['接口推送', 'Webhook'],
  type_email: ['邮件', 'E-mail'],
  is_due: ['应发', 'Due'],
  is_late: ['逾期', 'Late'],
  revision: ['第 {0} 版', 'rev. {0}'],
  evidence: ['凭据 {0}', 'evidence {0}'],
  doc_no: ['发文字号', 'Document no.'],
  source: ['来源', 'Source'],
  published: ['发布时间', 'Published'],
  first_seen: ['首次发现', 'First seen'],
  address: ['网址', 'Address'],
  deliveries: ['推送', 'Deliveries'],
  publish: ['发布', 'Publish'],
  correct: ['更正', 'Correct'],
  withdraw: ['撤下', 'Withdraw'],
  policy: ['政策文件', 'Policy'],
  interpretation: ['政策解读', 'Interpretation'],
  notice_important: ['重要通知', 'Important notice'],
  notice: ['通知公告', 'Notice'],
  news: ['政务动态', 'News'],
  queued: ['排队', 'Queued'],
  in_flight: ['发送中', 'Sending'],
  deferred: ['稍后重试', 'Deferred'],
  unconfirmed: ['待核实', 'Unconfirmed'],
  held: ['暂扣', 'Held'],
  failed: ['失败', 'Failed'],
  cancelled: ['已取消', 'Cancelled'],
  result_queued: ['排队', 'queued'],
  result_held: ['暂扣', 'held'],
  result_done: ['完成一步', 'step done'],
  result_delivered: ['已送达', 'delivered'],
  result_deferred: ['稍后重试', 'deferred'],
  result_rate_limited: ['平台限流', 'rate limited'],
  result_refused: ['平台拒绝', 'refused'],
  result_unauthorized: ['凭证失效', 'unauthorized'],
  result_unconfirmed: ['待核实', 'unconfirmed'],
  result_found: ['已找到', 'found'],
  result_absent: ['未找到', 'absent'],
  user_name: ['用户名', 'User name'],
  password: ['口令', 'Password'],
  code: ['动态口令（6 位）', 'Code (6 digits)'],
  log_in: ['登录', 'Log in'],
  log_out: ['退出', 'Log out'],
  first_login: ['首次登录：我有一次性令牌', 'First log-in: I have a one-time token'],
  token: ['一次性令牌', 'One-time token'],
  account_of: ['用户 {0}，角色“{1}”', 'User {0}, role {1}'],
  scan: ['用手机上的身份验证器扫描二维码，或手工输入下面的密钥：', 'Scan this with an authenticator app, or type the key below into it:'],
  new_password: ['新口令', 'New password'],
  repeat_password: ['再输一次', 'Again'],
  password_rule: ['至少 12 个字符，含大写字母、小写字母、数字、符号中的三种，不含用户名', 'At least 12 characters; three of capitals, small letters, digits, others; not the name'],
  go_on: ['继续', 'Go on'],
  back: ['返回登录', 'Back'],
  role_viewer: ['查看', 'viewer'],
  role_operator: ['操作', 'operator'],
  role_approver: ['审批', 'approver'],
  role_auditor: ['审计', 'auditor'],
  role_admin: ['管理', 'administrator'],
  field_required: ['请填写', 'Must not be empty'],
  'field_too-long': ['太长', 'Too long'],
  'field_too-short': ['太短：至少 12 个字符', 'Too short: at least 12 characters'],
  'field_too-simple': ['太简单：大写字母、小写字母、数字、符号至少三种', 'Too simple: three of capitals, small letters, digits, others'],
  'field_too-common': ['太常见，或含有用户名', 'Easily guessed, or it holds the name'],
  'field_wrong-code': ['与身份验证器现在显示的不符', 'Not what the app shows now'],
  'field_not-url': ['应为 http 或 https 网址', 'Expected an http or https address'],
  'field_not-time': ['应为时间，如 2026-11-22 16:00', 'Expected a time such as 2026-11-22 16:00'],
  field_future: ['应为过去的时间', 'Expected a time in the past'],
  field_unknown: ['没有这一项', 'There is no such thing'],
  field_differs: ['两次输入不同', 'The two differ'],
  'problem_wrong-login': ['用户名、口令或动态口令不对；15 分钟内错五次，账号锁定 15 分钟。', 'Name, password or code is wrong. Five wrong ones lock the account for 15 minutes.'],
  'problem_too-many-attempts': ['此地址尝试过多，请 15 分钟后再试。', 'Too many attempts from this address; try again in 15 minutes.'],
  'problem_log-in': ['登录已过期：在另一个标签页重新登录，再回来点“确定”。', 'The session is over: log in again in another tab, then come back and press the button.'],
  problem_csrf: ['登录已变化，请再点一次“确定”。', 'The session changed; press the button again.'],
  problem_busy: ['登录的人太多，请稍候再试。', 'Too many log-ins at the moment; try again soon.'],
  'problem_bad-token': ['令牌不对、已用过或超过 24 小时；请管理员用 liandong user reset 重发。', 'The token is wrong, used or a day old; ask for a new one: liandong user reset.'],
  'problem_no-users': ['还没有用户：在服务器上运行 liandong user first-token 姓名', 'There is no user yet: run liandong user first-token NAME on the server.'],
  problem_forbidden: ['您的角色不能做这件事。', 'Your role may not do that.'],
  'problem_not-possible': ['做不到：', 'Not possible: '],
  act_hold: ['暂扣', 'Hold'],
  act_release: ['放行', 'Release'],
  act_approve: ['审核通过', 'Approve'],
  act_deny: ['审核不通过', 'Deny'],
  act_retry: ['重新发送', 'Send again'],
  act_cancel: ['取消推送', 'Cancel the delivery'],
  act_record: ['补记', 'Record'],
  act_withdraw: ['撤下', 'Take down'],
  act_waive: ['豁免', 'Waive'],
  act_release_source: ['放行这批变化', 'Let the change go'],
  act_pause: ['暂停渠道', 'Pause the channel'],
  act_resume: ['恢复渠道', 'Resume the channel'],
  ask_hold: ['这条推送先不发出。', 'This delivery will wait.'],
  ask_release: ['这条推送将发出。请先核对内容。', 'This delivery will be sent. Check it first.'],
  ask_approve: ['以下是将要发出的全文。您的通过只对这段文字有效。', 'This is the exact text that will be sent. You approve this text and no other.'],
  ask_deny: ['这条推送将取消，不再发出。', 'The delivery is cancelled and will not be sent.'],
  ask_retry: ['这条推送将重新发送。', 'This delivery will be sent again.'],
  ask_cancel: ['这条推送将不再发出。', 'This delivery will never be sent.'],
  ask_record: ['登记已由人工发出的推送。', 'Note that it was published by hand.'],
  ask_withdraw: ['已发布的内容将从此渠道撤下。', 'What was published there will be taken down.'],
  ask_waive: ['这条信息不必再推到此渠道。', 'The item need not go there.'],
  ask_release_source: ['这个来源一次变化太多而暂扣的推送都将发出。请先到网站上核对。', 'Everything this source brought at once will be sent. Look at the site first.'],
  ask_pause: ['此渠道暂停发送，直到有人恢复。', 'Nothing goes out there until somebody resumes it.'],
  ask_resume: ['此渠道恢复发送。', 'The channel sends again.'],
  review: ['待审核', 'Waits for approval'],
  approvals_missing: ['还需 {0} 人审核', 'wants {0} more to approve'],
  reason: ['原因（记入台账）', 'Reason (stands in the ledger)'],
  posted_url: ['发布后的网址', 'Where it is'],
  posted_at: ['发出时间（北京时间，留空为现在）', 'When (Beijing time; empty: now)'],
  do_it: ['确定', 'Do it'],
  leave_it: ['不做', 'Leave it'],
  fault_unreachable: ['无法访问', 'Unreachable'],
  fault_throttled: ['被限流', 'Throttled'],
  fault_challenged: ['被防护拦截', 'Challenged'],
  fault_soft404: ['假 404', 'Soft 404'],
  fault_soft_404: ['假 404', 'Soft 404'],
  fault_drifted: ['页面改版', 'Page changed'],
  fault_malformed: ['格式异常', 'Malformed'],
  fault_denied: ['被拒绝', 'Denied'],
  fault_silent: ['栏目停更', 'No longer moves'],
};

const kEventWords = {
  genesis: ['台账建立', 'Ledger begun'],
  item: ['信息（全部）', 'Items, all'],
  'item.found': ['发现', 'Found'],
  'item.revised': ['内容更新', 'Revised'],
  'item.withdrawn': ['原文撤回', 'Withdrawn'],
  source: ['来源（全部）', 'Sources, all'],
  'source.faulted': ['来源故障', 'Source fault'],
  'source.recovered': ['来源恢复', 'Source recovered'],
  'source.baselined': ['来源基线', 'Source baseline'],
  'review.requested': ['提请审核', 'Review requested'],
  'review.approved': ['审核通过', 'Approved'],
  'review.denied': ['审核退回', 'Denied'],
  obligation: ['应发义务（全部）', 'Obligations, all'],
  'obligation.made': ['应发', 'Due'],
  'obligation.met': ['义务完成', 'Obligation met'],
  'obligation.waived': ['免发', 'Waived'],
  delivery: ['推送（全部）', 'Deliveries, all'],
  'delivery.planned': ['计划推送', 'Planned'],
  'delivery.attempted': ['开始发送', 'Attempt'],
  'delivery.settled': ['发送结果', 'Result'],
  'delivery.unconfirmed': ['结果待核实', 'Unconfirmed'],
  'delivery.reconciled': ['核实', 'Reconciled'],
  'delivery.verified': ['复查一致', 'Verified'],
  'delivery.drifted': ['复查不一致', 'Drifted'],
  'delivery.grouped': ['编入合并推送', 'Put into a group'],
  'delivery.postponed': ['等候政策先发', 'Waits for its policy'],
  'delivery.held': ['暂扣', 'Held'],
  'delivery.released': ['放行', 'Released'],
  'delivery.retried': ['人工重试', 'Retried'],
  'delivery.cancelled': ['取消', 'Cancelled'],
  'delivery.recorded': ['人工登记', 'Recorded by hand'],
  'delivery.imported': ['导入', 'Imported'],
  channel: ['渠道（全部）', 'Channels, all'],
  'channel.paused': ['渠道暂停', 'Channel paused'],
  'channel.resumed': ['渠道恢复', 'Channel resumed'],
  'config.changed': ['配置变更', 'Configuration changed'],
  screen: ['大厅屏（全部）', 'Screens, all'],
  'screen.registered': ['大厅屏登记', 'Screen registered'],
  'screen.approved': ['大厅屏批准', 'Screen approved'],
  'screen.revoked': ['大厅屏停用', 'Screen revoked'],
  service: ['服务（全部）', 'Service, all'],
  'service.started': ['服务启动', 'Started'],
  'service.stopped': ['服务停止', 'Stopped'],
  'item.seen': ['基线记录', 'Seen at baseline'],
  user: ['用户（全部）', 'Users, all'],
  login: ['登录（全部）', 'Log-ins, all'],
  'user.changed': ['用户变更', 'User changed'],
  'role.changed': ['角色变更', 'Role changed'],
  'login.succeeded': ['登录', 'Logged in'],
  'login.failed': ['登录未成功', 'Log-in refused'],
  'withdrawal.ordered': ['要求撤下', 'Withdrawal ordered'],
  'ledger.checkpointed': ['台账签名', 'Checkpoint'],
  'alert.raised': ['告警', 'Alert'],
  'alert.cleared': ['告警解除', 'Alert cleared'],
  'checkpoint.witnessed': ['检查点获见证', 'Checkpoint witnessed'],
  'ledger.restored': ['发现备份恢复', 'Restored backup found'],
  'ledger.accepted': ['确认备份恢复', 'Restored backup accepted'],
  'source.held': ['大批变化暂扣', 'Mass change held'],
  'source.released': ['大批变化放行', 'Mass change released'],
  'ledger.exported': ['台账导出', 'Ledger exported'],
  'segment.sealed': ['台账封段', 'Segment sealed'],
  'clock.jumped': ['时钟跳变', 'Clock jumped'],
};

let chosen = 'zh';
try {
  if (localStorage.getItem('language') === 'en') chosen = 'en';
} catch {
  // Storage is forbidden: Chinese it is.
}

export const language = () => chosen;

export function setLanguage(name) {
  chosen = name;
  try {
    localStorage.setItem('language', name);
  } catch {
    // Only not remembered.
  }
}

const inLanguage = (pair) => pair[chosen === 'zh' ? 0 : 1];

export const knows = (name) => name in kWords;

// Fills in what a page says: texts by data-say, labels and placeholders by data-label.
export function showWordsOf(page) {
  page.documentElement.lang = chosen === 'zh' ? 'zh-CN' : 'en';
  page.title = say('title');
  for (const element of page.querySelectorAll('[data-say]')) element.textContent = say(element.dataset.say);
  for (const element of page.querySelectorAll('[data-label]')) {
    element.setAttribute('aria-label', say(element.dataset.label));
    if (element.tagName === 'INPUT') element.placeholder = say(element.dataset.label);
  }
  page.getElementById('language').textContent = chosen === 'zh' ? 'English' : '中文';
}

export function say(name, ...values) {
  const pair = kWords[name];
  if (!pair) return name.replace(/^(result|fault|type)_/, '');
  return inLanguage(pair).replace(/\{(\d)\}/g, (_, index) => String(values[Number(index)] ?? ''));
}

export const eventName = (event) => (kEventWords[event] ? inLanguage(kEventWords[event]) : event);

// How an entry is coloured: beside its words, never instead of them.
export function toneOf(entry) {
  const result = entry.entry?.result ?? entry.entry?.outcome ?? '';
  if (result === 'delivered' || entry.event === 'delivery.recorded') return 'good';
  if (result === 'refused' || result === 'unauthorized' || entry.event === 'source.faulted' || entry.event === 'delivery.drifted') return 'bad';
  if (['deferred', 'rate_limited', 'unconfirmed'].includes(result)) return 'warn';
  if (['delivery.unconfirmed', 'delivery.held', 'channel.paused', 'item.withdrawn'].includes(entry.event)) return 'warn';
  return '';
}

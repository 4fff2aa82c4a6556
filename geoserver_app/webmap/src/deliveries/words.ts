// Every word of the deliveries' page, Chinese and English side by side.
import { languageNow } from "../words";

const pair = (zh: string, en: string) => (): string => (languageNow() === "en" ? en : zh);

export const say = {
  title: pair("数据交付", "Deliveries"),
  upload: pair("上传", "Upload"),
  uploadFiles: pair("文件或压缩包", "Files or an archive"),
  uploadFolder: pair("文件夹", "A folder"),
  search: pair("名称、单位、图层", "Name, contractor"),
  all: pair("全部", "All"),
  drop: pair("拖放文件夹或压缩包到此处", "Drop a folder or an archive here"),
  dropNote: pair("支持断点续传，单次 20 GB 以内", "Goes on where it broke off, up to 20 GB"),
  none: pair("还没有交付。把文件夹拖到这里，或点“上传”。", "No deliveries yet. Drop a folder here, or choose Upload."),
  noneFound: pair("没有符合的交付。清除条件再看。", "No delivery matches. Clear the filter."),
  choose: pair("从左边选一份交付，查看识别、检查与比对。", "Choose a delivery on the left."),
  files: pair("文件", "files"),
  surveyed: pair("测于", "surveyed"),
  recheck: pair("重新检查", "Check again"),
  report: pair("检查报告", "Check report"),
  findings: pair("检查结果", "Findings"),
  noFindings: pair("没有发现问题。", "Nothing was found."),
  more: pair("在报告中查看全部", "All of them in the report"),
  rule: pair("规则", "Rule"),
  what: pair("说明", "What was found"),
  layer: pair("图层", "Layer"),
  count: pair("数量", "Count"),
  zoom: pair("定位", "Zoom"),
  compare: pair("与现行版本比对", "Compared with the current version"),
  version: pair("版本", "version"),
  composition: pair("构成", "Composition"),
  added: pair("新增", "Added"),
  changed: pair("修改", "Changed"),
  removed: pair("删除", "Removed"),
  unchanged: pair("不变", "Unchanged"),
  areaChange: pair("面积变化（公顷）", "Change of area (ha)"),
  blocked: pair("被阻断，不发布", "Blocked, not published"),
  changes: pair("变化预览", "Changes"),
  evidence: pair("识别依据", "Detected"),
  crs: pair("坐标系", "CRS"),
  encoding: pair("编码", "Encoding"),
  part: pair("部分", "Part"),
  target: pair("入库图层", "Into layer"),
  leaveOut: pair("不入库", "Leave out"),
  confirm: pair("确认识别结果", "Confirm"),
  confirmed: pair("已确认", "Confirmed"),
  mode: pair("方式", "Mode"),
  modes: { replace: pair("整层替换", "Replace the layer"), area: pair("按范围替换", "Replace an area"), patch: pair("按标识修补", "Patch by identity") } as Record<string, () => string>,
  original: pair("原件", "Original"),
  publish: pair("发布", "Publish"),
  approve: pair("复核通过", "Approve"),
  cancel: pair("取消", "Cancel"),
  retry: pair("重试", "Try again"),
  rollback: pair("撤回发布", "Roll back"),
  resume: pair("续传", "Go on"),
  forget: pair("放弃", "Forget"),
  left: (seconds: number): string => (languageNow() === "en" ? `${clock(seconds)} left` : `约剩 ${clock(seconds)}`),
  rate: (rate: number): string => (languageNow() === "en" ? `${number(rate)} rows/s` : `${number(rate)} 行/秒`),
  failed: pair("没有成功", "It failed"),
  offline: pair("服务器没有应答，稍后自动再试", "The server does not answer; trying again"),
  uploading: pair("正在上传", "Uploading"),
  hashing: pair("正在校验", "Checking the bytes"),
  loading: pair("正在读取", "Loading"),
  onMap: pair("在地图中打开", "Open on the map"),
  hints: {
    received: pair("等待处理。", "Waiting to be handled."),
    running: pair("正在处理，可以关闭页面，进度不会丢。", "Being handled; you may close the page, nothing is lost."),
    waiting: pair("暂停：恢复后自动继续。", "Paused; it goes on by itself."),
    staged: pair("确认识别结果后可发布；发布后任何时候可一键撤回。", "Confirm what was detected, then publish; it can be rolled back at any time."),
    approval: pair("等待另一人复核。", "Waiting for a second person."),
    published: pair("已发布。需要时可一键撤回。", "Published. It can be rolled back."),
    unchanged: pair("与现行版本相同，没有发布。", "Equals the current version; nothing was published."),
    refused: pair("被拒收，原因见检查结果。", "Refused; the findings say why."),
    failed: pair("处理失败，可重试。", "It failed; try again."),
    cancelled: pair("已取消。", "Cancelled."),
    withdrawn: pair("已撤回。", "Rolled back."),
  } as Record<string, () => string>,
  states: {
    received: pair("已接收", "Received"), running: pair("处理中", "Running"), waiting: pair("暂停", "Waiting"), staged: pair("待发布", "To publish"),
    approval: pair("待复核", "To approve"), published: pair("已发布", "Published"), unchanged: pair("无变化", "Unchanged"), refused: pair("已拒收", "Refused"),
    failed: pair("失败", "Failed"), cancelled: pair("已取消", "Cancelled"), withdrawn: pair("已撤回", "Rolled back"),
  } as Record<string, () => string>,
  steps: {
    receive: pair("接收", "Receive"), detect: pair("识别", "Detect"), check: pair("检查", "Check"), diff: pair("比对", "Compare"), publish: pair("发布", "Publish"),
  } as Record<string, () => string>,
  severities: { blocking: pair("阻断", "Blocking"), warning: pair("警告", "Warnings"), info: pair("提示", "Notes") } as Record<string, () => string>,
};

const SPACE = "\u2009";
export const number = (value: number): string => Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, SPACE);

export function clock(seconds: number): string {
  const english = languageNow() === "en";
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} ${english ? "s" : "秒"}`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} ${english ? "min" : "分钟"}`;
  return `${(seconds / 3600).toFixed(1)} ${english ? "h" : "小时"}`;
}

export function bytes(size: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, size)) / 3));
  return `${(size / 1000 ** power).toFixed(power ? 1 : 0)} ${units[power]}`;
}

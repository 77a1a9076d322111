import { focusErrors, printButtons, sendOnce } from './forms';

sendOnce();
focusErrors();
printButtons();
bulkCount();
document.addEventListener('keydown', onKey);

const rows = (): HTMLAnchorElement[] => Array.from(document.querySelectorAll<HTMLAnchorElement>('.queue-open'));

/** Moves real focus, so that Enter opens the row and a screen reader follows. */
function step(by: number): void {
  const all = rows();
  if (all.length === 0) return;
  const at = all.findIndex((link) => link.closest('tr')?.contains(document.activeElement));
  const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by));
  all[next]?.focus();
}

function pick(): void {
  const box = document.activeElement?.closest('tr')?.querySelector<HTMLInputElement>('.queue-pick input');
  box?.click();
}

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const target = event.target as HTMLElement;
  const typing = target.matches('textarea, select, [contenteditable], input:not([type=checkbox]):not([type=radio])');
  if (typing) {
    if (event.key === 'Escape') target.blur();
    return;
  }
  const keys: Record<string, () => void> = {
    '/': () => document.querySelector<HTMLInputElement>('.desk-search input')?.select(),
    j: () => step(1),
    k: () => step(-1),
    x: pick,
    '?': () => document.querySelector<HTMLDialogElement>('#keys')?.showModal(),
  };
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  if (event.key === '/') document.querySelector<HTMLInputElement>('.desk-search input')?.focus();
  act();
}

/** Says how many rows are selected; the bar rests until there is one. */
function bulkCount(): void {
  document.querySelectorAll<HTMLElement>('[data-bulk]').forEach((bar) => {
    const boxes = Array.from(document.querySelectorAll<HTMLInputElement>(`input[name="${bar.dataset.bulk}"]`));
    const count = bar.querySelector<HTMLElement>('[data-count]');
    const show = (): void => {
      const chosen = boxes.filter((box) => box.checked).length;
      if (count) {
        count.hidden = false;
        count.querySelector('strong')!.textContent = String(chosen);
      }
      bar.querySelectorAll<HTMLButtonElement>('button').forEach((button) => (button.disabled = chosen === 0));
      boxes.forEach((box) => box.closest('tr')?.classList.toggle('is-picked', box.checked));
    };
    boxes.forEach((box) => box.addEventListener('change', show));
    show();
  });
}

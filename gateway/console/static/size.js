// A file that is too large is told so before it is sent: what was typed beside it is not lost.
for (const input of document.querySelectorAll('input[type="file"][data-most]')) {
  const most = Number(input.dataset.most) * 1024 * 1024;
  input.addEventListener('change', () => {
    const large = [...input.files].some(file => file.size > most);
    input.setCustomValidity(large ? input.dataset.large : '');
    input.reportValidity();
  });
}

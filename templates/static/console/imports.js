/* A file is sent as the body of one request, with its progress; dropping and choosing are the same. */
(() => {
  const form = document.querySelector("[data-upload]");
  if (!form) return;
  const part = (name) => form.querySelector(`[data-${name}]`);
  const [drop, sending, error, said] = ["drop", "sending", "error", "said"].map(part);
  const bar = sending.querySelector("[role=progressbar]");
  const input = form.querySelector("input[type=file]");
  const size = (bytes) => `${(bytes / 1e6).toLocaleString(undefined, { maximumFractionDigits: 1 })} MB`;
  let request = null;

  const stand = (message) => {
    sending.hidden = true;
    drop.hidden = false;
    input.value = "";
    error.hidden = !message;
    error.textContent = message || "";
  };

  const show = (sent, total) => {
    const percent = total ? Math.round((100 * sent) / total) : 0;
    bar.setAttribute("aria-valuenow", percent);
    bar.querySelector("i").style.width = `${percent}%`;
    said.textContent = sent < total ? `${size(sent)} / ${size(total)}` : form.dataset.looking || "…";
  };

  const send = (file) => {
    const kind = form.querySelector("[name=kind]:checked").value;
    request = new XMLHttpRequest();
    request.open("POST", `${form.dataset.upload}?${new URLSearchParams({ kind, name: file.name })}`);
    request.setRequestHeader("X-CSRFToken", form.querySelector("[name=csrfmiddlewaretoken]").value);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => show(event.loaded, event.total));
    request.addEventListener("load", () => {
      if (request.status === 200) location.assign(request.response.url);
      else stand(request.response?.error || "The file could not be uploaded. Try again.");
    });
    request.addEventListener("error", () => stand("The upload broke off. Try again."));
    request.addEventListener("abort", () => stand(""));
    part("name").textContent = file.name;
    error.hidden = true;
    drop.hidden = true;
    sending.hidden = false;
    show(0, file.size);
    request.send(file);
  };

  input.addEventListener("change", () => input.files[0] && send(input.files[0]));
  part("stop").addEventListener("click", () => request?.abort());
  for (const name of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", name === "dragover");
      if (name === "drop" && event.dataTransfer.files[0]) send(event.dataTransfer.files[0]);
    });
  }
})();

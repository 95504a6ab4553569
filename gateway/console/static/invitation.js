// The link's secret stands after #, which browsers send to nobody; it is put into the form and out of sight.
const field = document.getElementById("f-invitation");
if (location.hash.length > 1 && field.value === "") {
  field.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
}

// A page of something under way is looked at again after a while; without this there is a link for it.
setTimeout(() => location.replace(location.pathname), 3000);

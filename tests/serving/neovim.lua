-- The language server in a real editor: open a note, wait for what is said, take the first repair, save, say it.
local python, note = vim.env.BPTT_PYTHON, vim.env.BPTT_NOTE
vim.cmd('edit ' .. note)
local client = vim.lsp.start_client({ name = 'bptt', cmd = { python, '-m', 'bptt_symbolic', 'lsp' } })
vim.lsp.buf_attach_client(0, client)
local function said()
  local found = vim.diagnostic.get(0)
  return #found == 1 and found[1].message:find('write') ~= nil and found[1]
end
assert(vim.wait(120000, said, 50), 'nothing was said')
local wrong = said()
vim.api.nvim_win_set_cursor(0, { wrong.lnum + 1, wrong.col })
local asked = vim.lsp.util.make_range_params()
asked.context = { diagnostics = {} }
local answer = vim.lsp.buf_request_sync(0, 'textDocument/codeAction', asked, 60000)
local action = answer[client].result[1]
vim.lsp.util.apply_workspace_edit(action.edit, 'utf-16')
assert(vim.wait(120000, function() return #vim.diagnostic.get(0) == 0 end, 50), 'it is not mended')
vim.cmd('write')
io.stdout:write(action.title .. '\n')
vim.lsp.stop_client(client)
vim.cmd('qall!')

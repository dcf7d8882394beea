// Generated from contracts/ by scripts/contracts/generate.ts: run npm run generate, don't edit.
export const committeeAbi = [
  {
    "type": "constructor",
    "inputs": [
      {
        "name": "owner",
        "type": "address",
        "internalType": "address"
      }
    ],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "acceptOwnership",
    "inputs": [],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "committeeRoot",
    "inputs": [
      {
        "name": "epoch",
        "type": "uint32",
        "internalType": "uint32"
      }
    ],
    "outputs": [
      {
        "name": "",
        "type": "bytes32",
        "internalType": "bytes32"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "currentEpoch",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "uint32",
        "internalType": "uint32"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "disperserQuota",
    "inputs": [
      {
        "name": "disperser",
        "type": "address",
        "internalType": "address"
      }
    ],
    "outputs": [
      {
        "name": "",
        "type": "uint64",
        "internalType": "uint64"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "owner",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "address",
        "internalType": "address"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "pendingOwner",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "address",
        "internalType": "address"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "renounceOwnership",
    "inputs": [],
    "outputs": [],
    "stateMutability": "pure"
  },
  {
    "type": "function",
    "name": "setDisperser",
    "inputs": [
      {
        "name": "disperser",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "quotaBytes",
        "type": "uint64",
        "internalType": "uint64"
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "startEpoch",
    "inputs": [
      {
        "name": "members",
        "type": "tuple[]",
        "internalType": "struct Member[]",
        "components": [
          {
            "name": "signer",
            "type": "address",
            "internalType": "address"
          },
          {
            "name": "shards",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "stake",
            "type": "uint128",
            "internalType": "uint128"
          }
        ]
      },
      {
        "name": "endpoints",
        "type": "string[]",
        "internalType": "string[]"
      }
    ],
    "outputs": [
      {
        "name": "epoch",
        "type": "uint32",
        "internalType": "uint32"
      }
    ],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "transferOwnership",
    "inputs": [
      {
        "name": "newOwner",
        "type": "address",
        "internalType": "address"
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "event",
    "name": "DisperserSet",
    "inputs": [
      {
        "name": "disperser",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "quotaBytes",
        "type": "uint64",
        "indexed": false,
        "internalType": "uint64"
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "EpochStarted",
    "inputs": [
      {
        "name": "epoch",
        "type": "uint32",
        "indexed": true,
        "internalType": "uint32"
      },
      {
        "name": "members",
        "type": "tuple[]",
        "indexed": false,
        "internalType": "struct Member[]",
        "components": [
          {
            "name": "signer",
            "type": "address",
            "internalType": "address"
          },
          {
            "name": "shards",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "stake",
            "type": "uint128",
            "internalType": "uint128"
          }
        ]
      },
      {
        "name": "endpoints",
        "type": "string[]",
        "indexed": false,
        "internalType": "string[]"
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "OwnershipTransferStarted",
    "inputs": [
      {
        "name": "previousOwner",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "newOwner",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "OwnershipTransferred",
    "inputs": [
      {
        "name": "previousOwner",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "newOwner",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      }
    ],
    "anonymous": false
  },
  {
    "type": "error",
    "name": "DisperserZero",
    "inputs": []
  },
  {
    "type": "error",
    "name": "EndpointLengthInvalid",
    "inputs": [
      {
        "name": "index",
        "type": "uint256",
        "internalType": "uint256"
      },
      {
        "name": "length",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "EndpointsMismatch",
    "inputs": [
      {
        "name": "members",
        "type": "uint256",
        "internalType": "uint256"
      },
      {
        "name": "endpoints",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "MemberWithoutShards",
    "inputs": [
      {
        "name": "index",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "OwnableInvalidOwner",
    "inputs": [
      {
        "name": "owner",
        "type": "address",
        "internalType": "address"
      }
    ]
  },
  {
    "type": "error",
    "name": "OwnableUnauthorizedAccount",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      }
    ]
  },
  {
    "type": "error",
    "name": "OwnershipNotRenounceable",
    "inputs": []
  },
  {
    "type": "error",
    "name": "ShardsOutOfRange",
    "inputs": [
      {
        "name": "shards",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "SignerNotAscending",
    "inputs": [
      {
        "name": "index",
        "type": "uint256",
        "internalType": "uint256"
      },
      {
        "name": "signer",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "previous",
        "type": "address",
        "internalType": "address"
      }
    ]
  }
] as const

export const committeeBytecode = '0x60803460c157601f610b4238819003918201601f19168301916001600160401b0383118484101760c55780849260209460405283398101031260c157516001600160a01b0381169081900360c157801560ae57600180546001600160a01b03199081169091555f80549182168317815560405192916001600160a01b0316907f8be0079c531659141344cd1fd0a4f28419497f9722a3daafe3b4186f6b6457e09080a3610a6890816100da8239f35b631e4fbdf760e01b5f525f60045260245ffd5b5f80fd5b634e487b7160e01b5f52604160045260245ffdfe6080806040526004361015610012575f80fd5b5f3560e01c90816335eb6b831461091e5750806351abd99b146103ed57806370b5924914610310578063715018a6146102d857806376671808146102b257806379ba5097146101ca57806385a885d1146101925780638da5cb5b14610160578063e30c39781461012d5763f2fde38b1461008a575f80fd5b346101295760206003193601126101295773ffffffffffffffffffffffffffffffffffffffff6100b8610969565b6100c0610a18565b16807fffffffffffffffffffffffff0000000000000000000000000000000000000000600154161760015573ffffffffffffffffffffffffffffffffffffffff5f54167f38d16b8cac22d99fc7c124b9cd0de2d3fa1faef420bfe791d8c362d765e227005f80a3005b5f80fd5b34610129575f60031936011261012957602073ffffffffffffffffffffffffffffffffffffffff60015416604051908152f35b34610129575f60031936011261012957602073ffffffffffffffffffffffffffffffffffffffff5f5416604051908152f35b346101295760206003193601126101295760043563ffffffff8116809103610129575f526002602052602060405f2054604051908152f35b34610129575f600319360112610129576001543373ffffffffffffffffffffffffffffffffffffffff821603610286577fffffffffffffffffffffffff0000000000000000000000000000000000000000166001555f54337fffffffffffffffffffffffff00000000000000000000000000000000000000008216175f5573ffffffffffffffffffffffffffffffffffffffff3391167f8be0079c531659141344cd1fd0a4f28419497f9722a3daafe3b4186f6b6457e05f80a3005b7f118cdaa7000000000000000000000000000000000000000000000000000000005f523360045260245ffd5b34610129575f60031936011261012957602063ffffffff60015460a01c16604051908152f35b34610129575f600319360112610129577f162a7846000000000000000000000000000000000000000000000000000000005f5260045ffd5b3461012957604060031936011261012957610329610969565b6024359067ffffffffffffffff82168092036101295773ffffffffffffffffffffffffffffffffffffffff9061035d610a18565b169081156103c55760207f6bad1b1447188a90a56dd1731f87035f5e02a90fab2261b0007e8b89ac988e4b91835f526003825260405f20817fffffffffffffffffffffffffffffffffffffffffffffffff0000000000000000825416179055604051908152a2005b7f1e6f5659000000000000000000000000000000000000000000000000000000005f5260045ffd5b346101295760406003193601126101295760043567ffffffffffffffff811161012957366023820112156101295780600401359067ffffffffffffffff82116101295760248101903660246060850283010111610129576024359067ffffffffffffffff8211610129573660238301121561012957816004013567ffffffffffffffff8111610129578060051b36602482860101116101295761048e610a18565b5f935f965f975b818910156105bf5760608902860173ffffffffffffffffffffffffffffffffffffffff6024820198816104c78b610a38565b911691829116111561056d57506044019661ffff6104e489610a59565b1615610541576104ff6104f961ffff92610a38565b98610a59565b16810180911161051457600190980197610495565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52601160045260245ffd5b897f69e0dfd6000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b73ffffffffffffffffffffffffffffffffffffffff8b61058c8b610a38565b907fab9b985d000000000000000000000000000000000000000000000000000000005f526004521660245260445260645ffd5b8790600481101580610913575b156108e857508185036108b8575f949394937fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffbd84360301945b818110156106925760248160051b860101358681121561012957850160248101359067ffffffffffffffff82116101295760448236039101136101295780158015610687575b6106585750600101610605565b907fcef36703000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b50610100811161064b565b50838591876001549463ffffffff8660a01c1663ffffffff811461051457600101957fffffffffffffffff00000000ffffffffffffffffffffffffffffffffffffffff77ffffffff000000000000000000000000000000000000000063ffffffff89169860a01b16911617600155604051906020820197602089527fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0601f8461073f60408201858761098c565b0382810186520116830198838a1067ffffffffffffffff8b111761088b57610789938a604099989997969752519020885f52600260205260405f205560408952604089019161098c565b86810360208801528181526020808201938201019460248101945f925b8484106107df57602089807f2cb695ac74a693db90883d3b7ce941cd8dd68a651fade5d221fc45cca96f42e98d8c038ea2604051908152f35b909192939495967fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0828203018752873583811215610129578401906044602483013592019167ffffffffffffffff8111610129578036038313610129576020827fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0601f8480600198869897879852868601375f84820186015201160101990197019594019291906107a6565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52604160045260245ffd5b84827f48e27623000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b7f5496efad000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b5060ff8111156105cc565b346101295760206003193601126101295760209073ffffffffffffffffffffffffffffffffffffffff61094f610969565b165f526003825267ffffffffffffffff60405f2054168152f35b6004359073ffffffffffffffffffffffffffffffffffffffff8216820361012957565b916020908281520191905f905b8082106109a65750505090565b909192833573ffffffffffffffffffffffffffffffffffffffff8116809103610129578152602084013561ffff81168091036101295760208201526040840135906fffffffffffffffffffffffffffffffff821680920361012957606081600193604083940152019401920190610999565b73ffffffffffffffffffffffffffffffffffffffff5f5416330361028657565b3573ffffffffffffffffffffffffffffffffffffffff811681036101295790565b3561ffff81168103610129579056' as const
